-- looks_of: looks at these subjects but the public's, newest first; each subject's by the index (subject, at); the unit as the look says it, of a look from before looks said so what the trail and the tokens tell
SELECT l.at, l.role,
       CASE WHEN l.role = 'subject' THEN ''
            WHEN l.provider IS NOT NULL THEN l.provider
            ELSE coalesce(nullif(coalesce(/*given l*/, t.provider), ''), nullif(s.provider, ''), CASE WHEN o.authorisation IS NULL THEN a.recipient END, '') END,
       CASE WHEN t.username IS NULL AND s.tokens = 0 AND l.role <> 'subject' THEN l.actor ELSE '' END,
       l.what, l.records, l.purpose, l.ground, l.duty, coalesce(a.number::text, ''), l.id
FROM (
    SELECT found.* FROM unnest(%(subjects)s::bigint[]) AS mine (id)
    CROSS JOIN LATERAL (
        SELECT k.* FROM look k
        WHERE k.subject = mine.id AND k.role <> 'public' AND (NOT %(others)s OR k.ground <> %(own)s)
          AND (%(only)s::bigint IS NULL OR k.id = %(only)s::bigint) AND NOT /*held*/
        ORDER BY k.at DESC, k.id DESC LIMIT %(upto)s) found
    ORDER BY found.at DESC, found.id DESC LIMIT %(limit)s OFFSET %(skip)s) l
LEFT JOIN authorisation a ON a.id = l.authorisation
LEFT JOIN account t ON t.username = l.actor
LEFT JOIN LATERAL (SELECT o.authorisation FROM authorisation_onward o WHERE o.authorisation = a.id LIMIT 1) o ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS tokens,
           CASE WHEN count(DISTINCT f.provider) = 1 THEN min(f.provider)
                WHEN count(DISTINCT f.provider) FILTER (WHERE f.live) = 1 THEN min(f.provider) FILTER (WHERE f.live) END AS provider
    FROM (SELECT x.provider, x.created <= l.at AND l.at < x.expires AND (e.at IS NULL OR l.at <= e.at) AS live
          FROM api_token x LEFT JOIN api_token_end e ON e.token = x.id
          WHERE /*by_token l*/ AND (a.id IS NULL OR x.provider = a.recipient OR EXISTS (
              SELECT 1 FROM authorisation_onward p WHERE p.authorisation = a.id AND p.recipient = x.provider))) f) s ON true
ORDER BY l.at DESC, l.id DESC

-- public_looks: how often the public was shown these subjects, by day of Beijing, newest first
SELECT (l.at AT TIME ZONE 'Asia/Shanghai')::date, count(*) FROM look l
WHERE l.subject = ANY(%(subjects)s::bigint[]) AND l.at >= %(since)s AND l.role = 'public' AND l.ground <> %(refused)s
GROUP BY 1 ORDER BY 1 DESC

-- uses: the newest looks by each of these authorisations
SELECT l.authorisation, l.at, l.what, l.records, l.purpose FROM unnest(%(ids)s::bigint[]) AS given (id)
CROSS JOIN LATERAL (
    SELECT k.* FROM look k WHERE k.authorisation = given.id ORDER BY k.at DESC, k.id DESC LIMIT %(limit)s) l
ORDER BY l.authorisation, l.at DESC, l.id DESC

-- numbers_of: subjects with these unified codes
SELECT s.id, s.value FROM credit_subject s WHERE s.scheme = 'uscc' AND s.value = ANY(%(codes)s)

-- versions: the newest published version of each of these records
SELECT replace(v.record_id::text, '-', ''), max(v.seq) FROM record_version v
JOIN publication p ON p.batch = v.born WHERE v.record_id = ANY(%(records)s::uuid[]) GROUP BY v.record_id

-- arrivals: when each of these records first became known here
SELECT replace(v.record_id::text, '-', ''), min(p.at) FROM record_version v
JOIN publication p ON p.batch = v.born WHERE v.record_id = ANY(%(records)s::uuid[]) GROUP BY v.record_id
