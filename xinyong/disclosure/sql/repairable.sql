-- public_now: standing records of these items that the public's lists hold today, in order of their number
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, s.provider, v.decided, k.scheme, k.value, v.valid_to,
       /*marks*/
FROM public_listing l
JOIN record_version v ON v.record_id = l.record_id AND v.seq = l.version
JOIN catalog_item i ON i.id = v.item AND i.code = ANY(%(items)s)
JOIN submission s ON s.id = v.born
JOIN credit_subject k ON k.id = v.subject
WHERE l.record_id > %(after)s::uuid AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND (l.shown_from IS NULL OR l.shown_from <= %(today)s) AND (l.shown_until IS NULL OR l.shown_until >= %(today)s)
ORDER BY l.record_id LIMIT %(limit)s

-- ending: standing records of these items whose last day in the public lists comes soon, and nobody said if duties are met
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, s.provider, v.decided, v.valid_to,
       /*marks*/
FROM public_listing l
JOIN record_version v ON v.record_id = l.record_id AND v.seq = l.version
JOIN catalog_item i ON i.id = v.item AND i.code = ANY(%(items)s)
JOIN submission s ON s.id = v.born
WHERE l.shown_until BETWEEN %(today)s AND %(last)s AND v.kind <> 'R' AND v.payload IS NOT NULL
  AND (%(provider)s = '' OR l.authority = %(provider)s OR l.authority = '' AND s.provider = %(provider)s)
  AND NOT EXISTS (SELECT 1 FROM record_mark m WHERE m.record_id = l.record_id AND m.closes IS NULL AND m.kind = 'duties'
                  AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id))
ORDER BY l.shown_until, l.record_id
