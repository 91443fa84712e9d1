-- there: part of others: a record of subject s is there
EXISTS (SELECT 1 FROM subject_record r JOIN record_version v USING (record_id)
        JOIN publication p ON p.batch = v.born AND p.seq <= %(known_at)s
        WHERE r.subject = s.id AND v.subject = s.id AND v.kind <> 'R' AND v.payload IS NOT NULL /*which*/
          AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                          WHERE n.record_id = v.record_id AND n.seq > v.seq AND q.seq <= %(known_at)s))

-- registration: part of others: a record like the one that confirmation f came with
AND r.item = (SELECT i.id FROM catalog_item i JOIN submission b ON b.item_code = i.code WHERE b.id = f.born)

-- names: part of others: names that count now, of subjects the asker may find
SELECT n.subject_id FROM known_name n
    JOIN credit_subject s ON s.id = n.subject_id AND s.scheme <> 'person'
    LEFT JOIN LATERAL (SELECT k.born, k.known_from FROM known_confirmation k
    WHERE k.subject_id = n.subject_id AND k.known_from <= %(known_at)s AND (k.known_to IS NULL OR k.known_to > %(known_at)s)
    ORDER BY k.known_from DESC LIMIT 1) f ON true
    WHERE n.known_from <= %(known_at)s AND (n.known_to IS NULL OR n.known_to > %(known_at)s)
      AND n.known_from >= coalesce(f.known_from, 0)
      AND (NOT %(public)s OR f.born IS NOT NULL AND /*registered*/)
      AND

-- find_subject: a subject by scheme and value, as known at a publication
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s) AND /*registered*/) AS confirmed
FROM credit_subject s
WHERE s.scheme = ANY(%(schemes)s) AND s.value = ANY(%(values)s)
  AND (EXISTS (SELECT 1 FROM known_name n WHERE n.subject_id = s.id AND n.known_from <= %(known_at)s
               AND (n.known_to IS NULL OR n.known_to > %(known_at)s)) OR /*records*/)
ORDER BY s.id LIMIT 1

-- find_public: a subject by the number its public address carries
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s) AND /*registered*/) AS confirmed
FROM credit_subject s
WHERE s.public_id = %(public_id)s
  AND (EXISTS (SELECT 1 FROM known_name n WHERE n.subject_id = s.id AND n.known_from <= %(known_at)s
               AND (n.known_to IS NULL OR n.known_to > %(known_at)s)) OR /*records*/)

-- find_by_record: the subject of a record
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s) AND /*registered*/) AS confirmed
FROM credit_subject s
WHERE s.id = (SELECT v.subject FROM record_version v JOIN publication p ON p.batch = v.born AND p.seq <= %(known_at)s
              WHERE v.record_id = %(record)s::uuid ORDER BY v.seq DESC LIMIT 1)

-- find_by_former_code: the one subject that had this code before
SELECT o.subject_id FROM former_code o
JOIN publication p ON p.batch = o.born AND p.seq <= %(known_at)s
WHERE o.scheme IN ('uscc', 'regno') AND o.value = %(code)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born AND u.seq <= %(known_at)s)
GROUP BY o.subject_id

-- former_codes_of: codes a subject had before, and those of the subjects that are part of it
SELECT o.value FROM former_code o
JOIN publication p ON p.batch = o.born AND p.seq <= %(known_at)s
WHERE o.subject_id = ANY(%(subjects)s)
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born AND u.seq <= %(known_at)s)
UNION
SELECT s.value FROM credit_subject s
WHERE s.id = ANY(%(subjects)s) AND s.id <> %(subject)s AND s.scheme IN ('uscc', 'regno')
ORDER BY 1

-- names_of: subjects' names in the order they became known; those from before the newest confirmation do not count
SELECT n.subject_id, n.name, n.former, n.valid_from, n.valid_to, f.born IS NOT NULL
FROM known_name n
LEFT JOIN LATERAL (SELECT k.born, k.known_from FROM known_confirmation k
    WHERE k.subject_id = n.subject_id AND k.known_from <= %(known_at)s AND (k.known_to IS NULL OR k.known_to > %(known_at)s)
    ORDER BY k.known_from DESC LIMIT 1) f ON true
WHERE n.subject_id = ANY(%(subjects)s) AND n.known_from <= %(known_at)s
  AND (n.known_to IS NULL OR n.known_to > %(known_at)s) AND n.known_from >= coalesce(f.known_from, 0)
ORDER BY n.id

-- archive: records (/*whose*/) as of a day, as known at a publication; registration data as it was on that day
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.line, i.code, v.decided, v.valid_from, v.valid_to,
       v.payload, p.seq, s.provider, v.subject, p.at::date, /*marks*/
FROM record_version v
JOIN publication p ON p.batch = v.born AND p.seq <= %(known_at)s
JOIN submission s ON s.id = v.born
JOIN catalog_item i ON i.id = v.item
WHERE /*whose*/ AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND coalesce(v.valid_from, v.decided, DATE '0001-01-01') <= %(as_of)s
  AND (i.code <> ALL(%(registrations)s) OR coalesce(v.decided, DATE '0001-01-01') <= %(as_of)s)
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq AND q.seq <= %(known_at)s
                    AND (n.kind = 'R' OR i.code <> ALL(%(registrations)s)
                         OR coalesce(n.decided, n.valid_from, DATE '0001-01-01') <= %(as_of)s))
ORDER BY v.item, v.decided DESC NULLS LAST, v.record_id

-- values_of: codes (or keyed hashes) under which these subjects are kept
SELECT s.value FROM credit_subject s WHERE s.id = ANY(%(subjects)s)

-- search_code: subjects by a code they have or had
SELECT s.id FROM credit_subject s WHERE s.scheme IN ('uscc', 'regno') AND s.value = %(text)s
UNION
SELECT o.subject_id FROM former_code o
JOIN publication p ON p.batch = o.born AND p.seq <= %(known_at)s
WHERE o.scheme IN ('uscc', 'regno') AND o.value = %(text)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born AND u.seq <= %(known_at)s)
LIMIT %(limit)s

-- search_name: by a part of three or more characters of a current or former name
SELECT DISTINCT subject_id FROM (
    /*names*/ n.folded LIKE %(pattern)s LIMIT 1000) found
LIMIT %(limit)s

-- search_pair: by two characters, through stored bigrams
WITH found AS MATERIALIZED (
    /*names*/ n.bigrams @> ARRAY[%(text)s]::text[] LIMIT 1000)
SELECT DISTINCT subject_id FROM found LIMIT %(limit)s

-- search_initials: by the first letters of the pinyin
SELECT DISTINCT subject_id FROM (
    /*names*/ n.initials LIKE %(pattern)s LIMIT 1000) found
LIMIT %(limit)s

-- listing: what a search shows of subjects
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s) AND /*registered*/) AS confirmed
FROM credit_subject s WHERE s.id = ANY(%(subjects)s) ORDER BY s.scheme, s.value

-- look: the log entry; whether its commit waits for the disk is said with it, for this transaction only
INSERT INTO look (at, actor, role, purpose, ground, subject, what, as_of, known_at, records, duty, authorisation,
    provider)
SELECT %(at)s::timestamptz, %(actor)s::text, %(role)s::text, %(purpose)s::text, %(ground)s::text,
       %(subject)s::bigint, %(what)s::text, %(as_of)s::date, %(known_at)s::bigint, %(records)s::integer,
       %(duty)s::text, %(authorisation)s::bigint, %(provider)s::text
FROM (SELECT set_config('synchronous_commit', %(commit)s::text, true)) asynchronous
