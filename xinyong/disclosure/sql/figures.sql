-- reported: records there now, by who reported them and of which item, decided in a month
SELECT s.provider, s.item_code, count(*)
FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN submission s ON s.id = v.born
WHERE v.kind <> 'R' AND v.decided >= %(first)s AND v.decided < %(next)s
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq)
GROUP BY 1, 2

-- linked: new records by batch, and how many of them belong to a confirmed subject or a natural person
SELECT v.born, count(*), count(*) FILTER (WHERE s.scheme = 'person' OR EXISTS (
           SELECT 1 FROM known_confirmation f WHERE f.known_to IS NULL AND f.subject_id = coalesce(
               (SELECT m.winner FROM known_merge m WHERE m.loser = v.subject AND m.known_to IS NULL LIMIT 1), v.subject)))
FROM record_version v JOIN credit_subject s ON s.id = v.subject
WHERE v.born = ANY(%(batches)s) AND v.kind = 'N'
GROUP BY 1

-- archives: confirmed subjects, and how many of them have a record besides their registration
SELECT count(*), count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM subject_record r JOIN record_version v USING (record_id)
           JOIN publication p ON p.batch = v.born
           WHERE r.subject = f.subject_id AND v.subject = f.subject_id AND v.item <> ALL(%(registrations)s) AND v.kind <> 'R'
             AND v.payload IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                             WHERE n.record_id = v.record_id AND n.seq > v.seq)))
FROM (SELECT DISTINCT subject_id FROM known_confirmation WHERE known_to IS NULL) f

-- documents: numbers of documents that were used between two days, by who reported them and whose they are
SELECT DISTINCT s.provider, split_part(v.payload, chr(31), %(authority)s) AS authority,
       split_part(v.payload, chr(31), %(document)s) AS document
FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN submission s ON s.id = v.born
WHERE v.item = %(item)s AND v.kind <> 'R' AND v.decided BETWEEN %(first)s AND %(last)s
  AND starts_with(v.payload, %(layout)s || chr(31))
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = v.born)

-- codes: unified codes of subjects with a name, and who reported them first
SELECT s.value, coalesce(b.provider, ''), min(n.name)
FROM credit_subject s
JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL
LEFT JOIN submission b ON b.id = s.born
WHERE s.scheme = 'uscc'
GROUP BY s.id, b.provider

-- shared_codes: a code that several subjects have or had
SELECT x.value, array_agg(DISTINCT x.name ORDER BY x.name), min(x.provider)
FROM (
    SELECT o.value, o.subject_id, n.name, coalesce(b.provider, '') AS provider
    FROM former_code o
    JOIN publication p ON p.batch = o.born AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = o.born)
    JOIN known_name n ON n.subject_id = o.subject_id AND n.known_to IS NULL AND NOT n.former
    LEFT JOIN submission b ON b.id = o.born
    WHERE o.scheme IN ('uscc', 'regno')
      AND NOT EXISTS (SELECT 1 FROM known_merge m WHERE m.loser = o.subject_id AND m.known_to IS NULL)
    UNION
    SELECT s.value, s.id, n.name, coalesce(b.provider, '')
    FROM credit_subject s
    JOIN known_name n ON n.subject_id = s.id AND n.known_to IS NULL AND NOT n.former
    LEFT JOIN submission b ON b.id = s.born
    WHERE s.scheme IN ('uscc', 'regno')
      AND s.value IN (SELECT value FROM former_code WHERE scheme IN ('uscc', 'regno'))
      AND NOT EXISTS (SELECT 1 FROM known_merge m WHERE m.loser = s.id AND m.known_to IS NULL)
) x
GROUP BY x.value
HAVING count(DISTINCT x.subject_id) > 1

-- several_codes: a current name under which several subjects stand, not all of them sole traders
SELECT n.folded, min(n.name), array_agg(DISTINCT s.value ORDER BY s.value), min(coalesce(b.provider, ''))
FROM known_name n
JOIN credit_subject s ON s.id = n.subject_id AND s.scheme IN ('uscc', 'regno')
LEFT JOIN submission b ON b.id = s.born
WHERE n.known_to IS NULL AND NOT n.former AND n.valid_to IS NULL
  AND NOT EXISTS (SELECT 1 FROM known_merge m WHERE m.loser = s.id AND m.known_to IS NULL)
GROUP BY n.folded
HAVING count(DISTINCT s.id) > 1 AND count(DISTINCT s.id) FILTER (WHERE s.value NOT LIKE '92%%') > 0
