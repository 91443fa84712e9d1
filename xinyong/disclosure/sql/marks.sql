-- open_marks: part of others: the open marks of record v as JSON, as they stood at a moment (null: now)
(SELECT json_agg(json_build_array(m.id, m.kind, m.value, m.at, m.until, m.actor, m.role, m.provider, m.reason, m.basis,
                                  CASE WHEN m.kind = 'rests_on' THEN /*basis*/ END) ORDER BY m.id)
 FROM record_mark m
 WHERE m.record_id = v.record_id AND m.closes IS NULL
   AND (%(marks_at)s::timestamptz IS NULL OR m.at <= %(marks_at)s::timestamptz)
   AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id
                   AND (%(marks_at)s::timestamptz IS NULL OR e.at <= %(marks_at)s::timestamptz)))

-- basis: part of open_marks: the newest version of the record that mark m names, with its own open marks
(SELECT json_build_array(i.code, b.kind, b.payload, b.decided, b.valid_to, s.received_on, s.provider, /*marks*/)
 FROM record_version b JOIN publication p ON p.batch = b.born JOIN catalog_item i ON i.id = b.item
 JOIN submission s ON s.id = b.born
 WHERE b.record_id = m.value::uuid
   AND (%(marks_at)s::timestamptz IS NULL OR p.at <= %(marks_at)s::timestamptz)
 ORDER BY b.seq DESC LIMIT 1)

-- open_of: the open marks of these records
SELECT replace(v.record_id::text, '-', ''), /*marks*/
FROM (SELECT DISTINCT m.record_id FROM record_mark m WHERE m.record_id = ANY(%(records)s::uuid[])) v

-- as_basis: these records as they stand at the newest publication, whether they are there or not
SELECT replace(a.record_id::text, '-', ''), newest.seq, i.code, v.kind, v.payload, v.decided, v.valid_to, s.provider,
       s.received_on, v.subject, k.scheme, /*marks*/
FROM unnest(%(records)s::uuid[]) AS a (record_id)
CROSS JOIN (SELECT coalesce(max(seq), 0) AS seq FROM publication) newest
LEFT JOIN LATERAL (
    SELECT r.* FROM record_version r JOIN publication p ON p.batch = r.born AND p.seq <= newest.seq
    WHERE r.record_id = a.record_id ORDER BY r.seq DESC LIMIT 1) v ON true
LEFT JOIN catalog_item i ON i.id = v.item
LEFT JOIN submission s ON s.id = v.born
LEFT JOIN credit_subject k ON k.id = v.subject

-- resting_on: records that rest on one of these
SELECT DISTINCT replace(m.record_id::text, '-', '') FROM record_mark m
WHERE m.kind = 'rests_on' AND m.value = ANY(%(records)s::text[]) AND m.closes IS NULL
  AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)
ORDER BY 1

-- history: every mark of a record with its end
SELECT m.id, m.kind, m.value, m.at, m.until, m.actor, m.role, m.provider, m.reason, m.basis,
       e.actor, e.at, e.reason, e.basis
FROM record_mark m LEFT JOIN record_mark e ON e.closes = m.id
WHERE m.record_id = %(record)s::uuid AND m.closes IS NULL ORDER BY m.id

-- mark: one mark with its record, and whether it was ended
SELECT replace(m.record_id::text, '-', ''), m.kind, m.value, EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)
FROM record_mark m WHERE m.id = %(id)s AND m.closes IS NULL

-- last_marked: when a mark was last set on one of these records, or ended
SELECT max(m.at) FROM record_mark m WHERE m.record_id = ANY(%(records)s::uuid[])

-- standing: the newest published version of these records, if it is not a revocation
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, s.provider, v.decided
FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN catalog_item i ON i.id = v.item
JOIN submission s ON s.id = v.born
WHERE v.record_id = ANY(%(records)s::uuid[]) AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq)

-- insert: one mark, or the end of one
INSERT INTO record_mark (record_id, kind, value, at, until, actor, role, provider, reason, basis, act, closes)
VALUES (%(record)s::uuid, %(kind)s, %(value)s, %(at)s, %(until)s, %(actor)s, %(role)s, %(provider)s, %(reason)s,
        %(basis)s, %(act)s::uuid, %(closes)s)

-- undecided: standing records of items published by degree that no person decided, in order of their decision
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, s.provider, v.decided, v.subject
FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN catalog_item i ON i.id = v.item AND i.code = ANY(%(items)s)
JOIN submission s ON s.id = v.born
JOIN credit_subject k ON k.id = v.subject AND k.scheme <> 'person'
WHERE v.record_id > %(after)s::uuid AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND (%(provider)s = '' OR position(%(provider)s IN v.payload) > 0 OR s.provider = %(provider)s)
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq)
  AND NOT EXISTS (SELECT 1 FROM record_mark m WHERE m.record_id = v.record_id AND m.closes IS NULL
                  AND m.kind IN ('degree', 'repair', 'withdrawn')
                  AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id))
ORDER BY v.record_id LIMIT %(limit)s

-- unmet: standing records marked as having duties unmet, decided or handed in by a department
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, s.provider, v.decided, v.valid_to, k.scheme = 'person',
       /*marks*/
FROM (SELECT DISTINCT m.record_id FROM record_mark m
      WHERE m.kind = 'duties' AND m.value = 'unmet' AND m.closes IS NULL
        AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)) u
JOIN record_version v USING (record_id)
JOIN publication p ON p.batch = v.born
JOIN catalog_item i ON i.id = v.item
JOIN submission s ON s.id = v.born
JOIN credit_subject k ON k.id = v.subject
WHERE v.kind <> 'R' AND v.payload IS NOT NULL
  AND (s.provider = %(provider)s OR position(%(provider)s IN v.payload) > 0)
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq)
