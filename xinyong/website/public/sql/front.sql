-- has_sample: whether a registered name marks itself as fiction
SELECT EXISTS (SELECT 1 FROM subject_name WHERE bigrams @> ARRAY['示例'])

-- latest: the newest submissions of the given items that stand published
SELECT p.at, s.item_code, s.new + s.corrected
FROM publication p JOIN submission s ON s.id = p.batch
WHERE s.item_code = ANY(%(items)s) AND p.undoes IS NULL AND s.new + s.corrected > 0
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = p.batch)
ORDER BY p.seq DESC LIMIT 5
