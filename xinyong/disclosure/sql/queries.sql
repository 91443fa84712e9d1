-- find_subject: a subject by scheme and value, as known at a publication
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s)) AS confirmed
FROM credit_subject s
WHERE s.scheme = ANY(%(schemes)s) AND s.value = ANY(%(values)s)
  AND EXISTS (SELECT 1 FROM known_name n WHERE n.subject_id = s.id AND n.known_from <= %(known_at)s)
ORDER BY s.id LIMIT 1

-- find_public: a subject by the number its public address carries
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s)) AS confirmed
FROM credit_subject s
WHERE s.public_id = %(public_id)s
  AND EXISTS (SELECT 1 FROM known_name n WHERE n.subject_id = s.id AND n.known_from <= %(known_at)s)

-- find_by_former_code: the one subject that had this code before
SELECT o.subject_id FROM former_code o
JOIN publication p ON p.batch = o.born AND p.seq <= %(known_at)s
WHERE o.scheme IN ('uscc', 'regno') AND o.value = %(code)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born AND u.seq <= %(known_at)s)
GROUP BY o.subject_id

-- former_codes_of: codes a subject had before
SELECT DISTINCT o.value FROM former_code o
JOIN publication p ON p.batch = o.born AND p.seq <= %(known_at)s
WHERE o.subject_id = %(subject)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born AND u.seq <= %(known_at)s)
ORDER BY 1

-- names_of: subjects' names in the order they became known; those from before a confirmation do not count
SELECT n.subject_id, n.name, n.former, n.valid_from, n.valid_to
FROM known_name n
LEFT JOIN known_confirmation f ON f.subject_id = n.subject_id AND f.known_from <= %(known_at)s
     AND (f.known_to IS NULL OR f.known_to > %(known_at)s)
WHERE n.subject_id = ANY(%(subjects)s) AND n.known_from <= %(known_at)s
  AND (n.known_to IS NULL OR n.known_to > %(known_at)s) AND n.born >= coalesce(f.born, 0)
ORDER BY n.id

-- archive: a subject's records as of a day, as known at a publication
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.line, v.item, v.decided, v.valid_from, v.valid_to,
       v.payload, p.seq, s.provider
FROM record_version v
JOIN publication p ON p.batch = v.born AND p.seq <= %(known_at)s
JOIN submission s ON s.id = v.born
WHERE v.subject = %(subject)s AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND coalesce(v.valid_from, v.decided, DATE '0001-01-01') <= %(as_of)s
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq = v.seq + 1 AND q.seq <= %(known_at)s)
ORDER BY v.item, v.decided DESC NULLS LAST, v.record_id

-- search_code: subjects by a code they have or had
SELECT s.id FROM credit_subject s WHERE s.scheme IN ('uscc', 'regno') AND s.value = %(text)s
UNION
SELECT o.subject_id FROM former_code o WHERE o.scheme IN ('uscc', 'regno') AND o.value = %(text)s
LIMIT %(limit)s

-- search_name: by a part of three or more characters of a current or former name
SELECT DISTINCT subject_id FROM (
    SELECT n.subject_id FROM subject_name n WHERE n.folded LIKE %(pattern)s LIMIT 1000) found
LIMIT %(limit)s

-- search_pair: by two characters, through stored bigrams
WITH found AS MATERIALIZED (
    SELECT n.subject_id FROM subject_name n WHERE n.bigrams @> ARRAY[%(text)s]::text[] LIMIT 1000)
SELECT DISTINCT subject_id FROM found LIMIT %(limit)s

-- search_initials: by the first letters of the pinyin
SELECT DISTINCT subject_id FROM (
    SELECT n.subject_id FROM subject_name n WHERE n.initials LIKE %(pattern)s LIMIT 1000) found
LIMIT %(limit)s

-- listing: what a search shows of subjects
SELECT s.id, s.scheme, s.value, s.kind, s.public_id,
       EXISTS (SELECT 1 FROM known_confirmation f WHERE f.subject_id = s.id AND f.known_from <= %(known_at)s
               AND (f.known_to IS NULL OR f.known_to > %(known_at)s)) AS confirmed
FROM credit_subject s WHERE s.id = ANY(%(subjects)s) ORDER BY s.scheme, s.value
