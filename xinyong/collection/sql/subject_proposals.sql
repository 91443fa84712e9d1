-- propose: a merge, a split, or that two are not one, waiting for a second person
INSERT INTO subject_proposal (at, by, kind, loser, winner, reason)
VALUES (%(at)s, %(by)s, %(kind)s, %(loser)s, %(winner)s, %(reason)s) RETURNING id

-- end: how it ended, once
INSERT INTO subject_proposal_end (proposal, at, by, role, outcome, note)
VALUES (%(proposal)s, %(at)s, %(by)s, %(role)s, %(outcome)s, %(note)s) ON CONFLICT DO NOTHING

-- proposals: as they stand; a natural person only as such
SELECT p.id, p.at, p.by, p.kind, p.loser::text AS loser, p.winner::text AS winner, p.reason,
       CASE WHEN l.scheme = 'person' THEN '（自然人）' ELSE l.value END AS loser_code,
       CASE WHEN w.scheme = 'person' THEN '（自然人）' ELSE coalesce(w.value, '') END AS winner_code,
       coalesce(ln.name, '') AS loser_name, coalesce(wn.name, '') AS winner_name,
       coalesce(e.outcome, 'waiting') AS outcome, e.at AS ended, coalesce(e.by, '') AS ended_by, coalesce(e.note, '') AS note
FROM subject_proposal p
JOIN credit_subject l ON l.public_id = p.loser
LEFT JOIN credit_subject w ON w.public_id = p.winner
LEFT JOIN subject_proposal_end e ON e.proposal = p.id
LEFT JOIN LATERAL (SELECT n.name FROM known_name n WHERE n.subject_id = l.id AND n.known_to IS NULL
                   ORDER BY n.known_from DESC, n.id DESC LIMIT 1) ln ON true
LEFT JOIN LATERAL (SELECT n.name FROM known_name n WHERE n.subject_id = w.id AND n.known_to IS NULL
                   ORDER BY n.known_from DESC, n.id DESC LIMIT 1) wn ON true

-- merges_about: merges and splits of a subject, newest first
SELECT l.public_id::text AS loser, l.value AS loser_code, l.scheme AS loser_scheme,
       w.public_id::text AS winner, w.value AS winner_code, w.scheme AS winner_scheme,
       m.reason, m.basis, p.at, m.known_to IS NULL AS stands
FROM known_merge m
JOIN publication p ON p.seq = m.known_from
JOIN credit_subject l ON l.id = m.loser JOIN credit_subject w ON w.id = m.winner
WHERE l.public_id = %(subject)s OR w.public_id = %(subject)s
ORDER BY m.known_from DESC, m.id DESC LIMIT 100

-- into: the subject that this one is part of, if it was merged
SELECT w.public_id::text FROM known_merge m JOIN credit_subject l ON l.id = m.loser
JOIN credit_subject w ON w.id = m.winner WHERE l.public_id = %(subject)s AND m.known_to IS NULL LIMIT 1
