-- known: which of these records were told before
SELECT replace(record_id::text, '-', '') FROM reminded WHERE kind = %(kind)s AND record_id = ANY(%(records)s::uuid[])

-- note: these are told now; gives those that were not told before, also by whoever does the same at this moment
INSERT INTO reminded (kind, record_id, at)
SELECT %(kind)s, r, %(at)s FROM unnest(%(records)s::uuid[]) AS r ORDER BY r
ON CONFLICT (kind, record_id) DO NOTHING RETURNING replace(record_id::text, '-', '')
