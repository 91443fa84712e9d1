-- undone: part of others: the submission was taken back
EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id)

-- wrong_rows: submissions with rows that went back for a wrong code and are not settled yet
SELECT p.submission, s.provider, array_agg(DISTINCT p.line)
FROM problem p JOIN submission s ON s.id = p.submission
WHERE p.rule = ANY(%(rules)s) AND p.level = 'error' AND s.outcome = 'taken' AND NOT /*undone*/
  AND NOT EXISTS (SELECT 1 FROM closure k JOIN submission s ON s.id = k.closed_by
                  WHERE k.submission = p.submission AND k.line = p.line AND NOT /*undone*/)
GROUP BY 1, 2 ORDER BY 1

-- doubted_rows: held rows whose code belongs to another name; an erased one says nothing any more
SELECT h.submission, h.line, s.item_code, h.payload, s.provider
FROM held_row h JOIN submission s ON s.id = h.submission
WHERE h.reason = 'R14_name_code' AND h.payload <> '' AND s.outcome = 'taken' AND NOT /*undone*/
  AND NOT EXISTS (SELECT 1 FROM closure k JOIN submission s ON s.id = k.closed_by
                  WHERE k.submission = h.submission AND k.line = h.line AND NOT /*undone*/)
ORDER BY 1, 2

-- cases: every case with its first and last step
SELECT k.id, k.kind, k.key, k.provider, k.found_at, k.detail, l.number, l.kind AS state, l.at, l.by, l.note
FROM code_case k
JOIN LATERAL (SELECT * FROM code_case_step t WHERE t.case_id = k.id ORDER BY t.number DESC LIMIT 1) l ON true
WHERE (%(provider)s = '' OR k.provider = %(provider)s) AND (%(id)s::bigint IS NULL OR k.id = %(id)s)
ORDER BY k.id

-- steps: how a case went on
SELECT number, kind, at, by, role, note FROM code_case_step WHERE case_id = %(id)s ORDER BY number

-- open: a new case
INSERT INTO code_case (kind, key, provider, found_at, found_by, detail)
VALUES (%(kind)s, %(key)s, %(provider)s, %(at)s, %(by)s, %(detail)s) RETURNING id

-- step: the next step; who was overtaken is refused by the table
INSERT INTO code_case_step (case_id, number, kind, at, by, role, note)
VALUES (%(id)s, %(number)s, %(kind)s, %(at)s, %(by)s, %(role)s, %(note)s)
