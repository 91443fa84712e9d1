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
