-- came: records that somebody was given, with days that may have come of theirs or of what they rest on: from which
--   date each is counted, and how many months and then days later it comes. `first` and `last` leave out what can't have.
WITH given AS MATERIALIZED (SELECT DISTINCT record_id FROM delivery),
looked AS MATERIALIZED (
    SELECT record_id AS whose, record_id FROM given
    UNION ALL
    SELECT g.record_id, CASE WHEN m.kind = 'rests_on' THEN m.value::uuid END
    FROM given g JOIN record_mark m USING (record_id)
    WHERE m.kind = 'rests_on' AND m.closes IS NULL AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)),
clock AS MATERIALIZED (
    SELECT * FROM unnest(%(items)s::text[], %(bases)s::text[], %(layouts)s::text[], %(places)s::integer[],
                         %(firsts)s::text[], %(lasts)s::text[], %(months)s::integer[], %(days)s::integer[])
        AS w (item, base, layout, place, first, last, months, days))
SELECT replace(l.whose::text, '-', ''), d.text, w.months, w.days
FROM looked l
CROSS JOIN LATERAL (
    SELECT r.item, r.kind, r.payload, r.decided, r.valid_to, s.received_on FROM record_version r
    JOIN publication p ON p.batch = r.born JOIN submission s ON s.id = r.born
    WHERE r.record_id = l.record_id ORDER BY r.seq DESC LIMIT 1) v
JOIN catalog_item i ON i.id = v.item
JOIN clock w ON w.item = i.code AND (w.layout = '' OR w.layout = split_part(v.payload, chr(31), 1))
CROSS JOIN LATERAL (
    SELECT CASE w.base WHEN 'decided' THEN v.decided::text WHEN 'valid_to' THEN v.valid_to::text
                       WHEN 'received' THEN v.received_on::text ELSE split_part(v.payload, chr(31), w.place) END AS text) d
WHERE v.kind <> 'R' AND v.payload IS NOT NULL AND d.text BETWEEN w.first AND w.last
UNION ALL
SELECT replace(l.whose::text, '-', ''), m.until::text, 0, 1
FROM looked l JOIN record_mark m ON m.record_id = l.record_id
WHERE m.kind = 'shielding' AND m.closes IS NULL AND m.until >= %(low)s AND m.until < %(high)s
  AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)

-- last: up to which day it was carried out, and which records could not be told of then
SELECT target, detail->'again' FROM audit_entry WHERE action = %(action)s ORDER BY id DESC LIMIT 1

-- first: when anything was given to anybody for the first time
SELECT min(at) FROM delivery
