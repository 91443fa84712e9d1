-- case: matters of repair and objection that ended before a moment, with which of their rows still say what somebody wrote
SELECT k.id, k.number::text, ARRAY(SELECT k.id WHERE k.detail::text ~ '"sealed:'),
       ARRAY(SELECT s.id FROM rights_case_step s WHERE s.case_id = k.id AND s.detail::text ~ '"sealed:' ORDER BY 1),
       ARRAY(SELECT f.id FROM rights_case_file f WHERE f.case_id = k.id AND f.name <> '' AND f.secret IS NOT NULL ORDER BY 1)
FROM rights_case k
WHERE k.id > %(after)s AND k.at < %(before)s
  AND (k.detail::text ~ '"sealed:'
       OR EXISTS (SELECT 1 FROM rights_case_step s WHERE s.case_id = k.id AND s.detail::text ~ '"sealed:')
       OR EXISTS (SELECT 1 FROM rights_case_file f WHERE f.case_id = k.id AND f.name <> '' AND f.secret IS NOT NULL))
  AND NOT EXISTS (SELECT 1 FROM rights_case_step s WHERE s.case_id = k.id AND s.at >= %(before)s)
  AND EXISTS (SELECT 1 FROM rights_case_step e WHERE e.case_id = k.id AND e.kind = ANY(%(closing)s)
              AND NOT EXISTS (SELECT 1 FROM rights_case_step a
                              WHERE a.case_id = k.id AND a.kind = ANY(%(reopening)s) AND a.seq > e.seq))
ORDER BY k.id LIMIT %(limit)s

-- look_challenge: challenges answered before a moment that still say why
SELECT k.id, k.number::text, ARRAY[k.id] FROM look_challenge k
JOIN look_challenge_step a ON a.challenge = k.id AND a.kind = 'answered' AND a.at < %(before)s
WHERE k.id > %(after)s AND k.secret IS NOT NULL ORDER BY k.id LIMIT %(limit)s

-- person_request: requests finished before a moment that still say why, and which document was seen
SELECT r.id, r.number::text, ARRAY[r.id] FROM person_request r
WHERE r.id > %(after)s AND r.secret IS NOT NULL AND r.evidence || r.reason <> '' AND EXISTS (
    SELECT 1 FROM person_request_step e
    WHERE e.request = r.id AND e.kind IN ('handed', 'refused', 'done') AND e.at < %(before)s)
ORDER BY r.id LIMIT %(limit)s

-- notice: what notices written before a moment say
UPDATE notice SET body = %(gone)s WHERE id IN (
    SELECT id FROM notice WHERE at < %(before)s AND body <> 'erased:' ORDER BY at LIMIT %(limit)s)
