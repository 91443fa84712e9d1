-- candidates: records of an item that may have reached the end of their retention, in order: the newest version that
--   is no revocation. Which have, the rule says; the days here only leave out what can't have.
SELECT replace(v.record_id::text, '-', ''), v.payload, v.decided, v.valid_to, v.subject, s.scheme, b.provider, p.at::date
FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN submission b ON b.id = v.born
JOIN credit_subject s ON s.id = v.subject
WHERE v.item = %(item)s AND v.kind <> 'R' AND v.payload IS NOT NULL AND v.record_id > %(after)s::uuid
  AND (%(record)s::uuid IS NULL OR v.record_id = %(record)s::uuid)
  AND least(coalesce(v.decided, p.at::date), coalesce(v.valid_to, p.at::date), p.at::date) < %(before)s
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.kind <> 'R' AND n.seq > v.seq)
ORDER BY v.record_id LIMIT %(limit)s

-- versions: of a record, those that still say something
SELECT seq, subject, item, salt, payload FROM record_version
WHERE record_id = %(record)s::uuid AND payload IS NOT NULL ORDER BY seq

-- keep: a version goes to the sealed archive
INSERT INTO sealed_record (record_id, seq, at, subject, item, rule, until, instrument, article, nonce, body)
VALUES (%(record)s::uuid, %(seq)s, %(at)s, %(subject)s, %(item)s, %(rule)s, %(until)s, %(instrument)s, %(article)s,
    %(nonce)s, %(body)s)
ON CONFLICT (record_id, seq) DO UPDATE SET nonce = excluded.nonce, body = excluded.body

-- forget: and leaves the answers
UPDATE record_version SET payload = NULL, salt = NULL
WHERE record_id = %(record)s::uuid AND payload IS NOT NULL RETURNING encode(leaf, 'hex')

-- listed: what is sealed of these subjects, without what it says
SELECT DISTINCT ON (z.record_id) replace(z.record_id::text, '-', ''), z.subject, i.code, z.at, z.rule, z.until,
       z.instrument, z.article
FROM sealed_record z JOIN catalog_item i ON i.id = z.item
WHERE z.subject = ANY(%(subjects)s::bigint[]) ORDER BY z.record_id, z.seq DESC

-- recent: what was sealed last, without what it says
SELECT DISTINCT ON (z.at, z.record_id) replace(z.record_id::text, '-', ''), z.subject, i.code, z.at, z.rule, z.until,
       z.instrument, z.article
FROM sealed_record z JOIN catalog_item i ON i.id = z.item
ORDER BY z.at DESC, z.record_id, z.seq DESC LIMIT %(limit)s

-- body: the sealed versions of a record, oldest first
SELECT z.seq, z.subject, i.code, z.nonce, z.body, s.scheme = 'person', v.leaf FROM sealed_record z
JOIN record_version v ON v.record_id = z.record_id AND v.seq = z.seq
JOIN catalog_item i ON i.id = z.item JOIN credit_subject s ON s.id = z.subject
WHERE z.record_id = %(record)s::uuid ORDER BY z.seq

-- destroy: an erasure takes it from here, too
DELETE FROM sealed_record WHERE record_id = %(record)s::uuid

-- unsaid: of these records the newest sealed version, unless a mark of a withdrawal is open or came with the sealing or since
SELECT DISTINCT ON (z.record_id) replace(z.record_id::text, '-', ''), z.seq, i.code, z.nonce, z.body, v.leaf
FROM sealed_record z
JOIN record_version v ON v.record_id = z.record_id AND v.seq = z.seq
JOIN catalog_item i ON i.id = z.item
WHERE z.record_id = ANY(%(records)s::uuid[]) AND NOT EXISTS (
    SELECT 1 FROM record_mark m WHERE m.record_id = z.record_id AND m.kind = 'withdrawn' AND m.closes IS NULL
      AND (m.at >= z.at OR NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)))
ORDER BY z.record_id, z.seq DESC
