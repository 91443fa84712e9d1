-- resting: measures that rest on one of these records
SELECT DISTINCT m.number::text FROM measure_basis b JOIN measure m ON m.id = b.measure
WHERE b.record_id = ANY(%(records)s::uuid[]) ORDER BY 1

-- changed: records that measures rest on, if a batch changed them or what they rest on themselves
SELECT DISTINCT replace(b.record_id::text, '-', '') FROM measure_basis b
WHERE EXISTS (SELECT 1 FROM record_version v WHERE v.record_id = b.record_id AND v.born = %(born)s)
   OR EXISTS (SELECT 1 FROM record_mark k
              JOIN record_version v ON v.record_id = CASE WHEN k.kind = 'rests_on' THEN k.value::uuid END
              WHERE k.record_id = b.record_id AND k.kind = 'rests_on' AND v.born = %(born)s)

-- last: which of these notices was the last that a measure's subject got
SELECT template FROM notice WHERE about = %(about)s AND kind = 'subject' AND template = ANY(%(templates)s)
ORDER BY id DESC LIMIT 1
