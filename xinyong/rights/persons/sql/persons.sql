-- challenge: a look is challenged by its subject
INSERT INTO look_challenge (number, look, subject, at, actor, reason, unit, handler, explain_due, due, provisional)
SELECT %(number)s, l.id, l.subject, %(at)s, %(actor)s, %(reason)s, %(unit)s, %(handler)s, %(explain_due)s, %(due)s,
       %(provisional)s
FROM look l WHERE l.id = %(look)s
ON CONFLICT (look) DO NOTHING

-- challenge_step: the unit explains, or an answer is given; each once
INSERT INTO look_challenge_step (challenge, kind, at, actor, role, provider, text, basis, finding)
VALUES (%(challenge)s, %(kind)s, %(at)s, %(actor)s, %(role)s, %(provider)s, %(text)s, %(basis)s, %(finding)s)

-- challenges: challenges with the look, the explanation and the answer, newest first
SELECT k.id, k.number, k.look, k.subject, s.public_id::text, k.at, k.reason, k.unit, k.handler, k.explain_due, k.due,
       k.provisional, l.at, l.actor, l.role, l.what, l.records, l.purpose, l.ground, l.duty,
       e.at, e.text, a.at, a.text, a.basis, coalesce(a.finding, '')
FROM look_challenge k
JOIN look l ON l.id = k.look
JOIN credit_subject s ON s.id = k.subject
LEFT JOIN look_challenge_step e ON e.challenge = k.id AND e.kind = 'explained'
LEFT JOIN look_challenge_step a ON a.challenge = k.id AND a.kind = 'answered'
WHERE (%(number)s::uuid IS NULL OR k.number = %(number)s::uuid)
  AND (%(subjects)s::bigint[] IS NULL OR k.subject = ANY(%(subjects)s::bigint[]))
  AND (%(unit)s::text IS NULL OR k.unit = %(unit)s::text)
  AND (%(handler)s::text IS NULL OR k.handler = %(handler)s::text)
  AND (%(open)s::boolean IS NULL OR %(open)s::boolean = (a.id IS NULL))
ORDER BY k.id DESC LIMIT %(limit)s

-- request: a natural person asks
INSERT INTO person_request (number, at, kind, value, subject, channel, evidence, ground, reason, records, due,
    provisional, actor, role)
VALUES (%(number)s, %(at)s, %(kind)s, %(value)s, %(subject)s, %(channel)s, %(evidence)s, %(ground)s, %(reason)s,
    %(records)s::uuid[], %(due)s, %(provisional)s, %(actor)s, %(role)s)

-- request_step: handed over, granted, refused or done; each once, and one decision only
INSERT INTO person_request_step (request, kind, at, actor, role, text, basis)
VALUES (%(request)s, %(kind)s, %(at)s, %(actor)s, %(role)s, %(text)s, %(basis)s)

-- requests: requests with the decision and the end, newest first
SELECT r.id, r.number, r.at, r.kind, r.value, r.subject, r.channel, r.evidence, r.ground, r.reason,
       ARRAY(SELECT replace(u::text, '-', '') FROM unnest(r.records) u), r.due, r.provisional, r.actor,
       d.kind, d.at, d.actor, d.text, d.basis, e.at
FROM person_request r
LEFT JOIN person_request_step d ON d.request = r.id AND d.kind IN ('granted', 'refused')
LEFT JOIN person_request_step e ON e.request = r.id AND e.kind IN ('handed', 'done')
WHERE (%(number)s::uuid IS NULL OR r.number = %(number)s::uuid)
  AND (%(value)s::text IS NULL OR r.value = %(value)s::text)
  AND (%(open)s::boolean IS NULL OR %(open)s::boolean = (e.id IS NULL AND d.kind IS DISTINCT FROM 'refused'))
ORDER BY r.id DESC LIMIT %(limit)s

-- granted: deletions granted and not yet carried out
SELECT r.number::text FROM person_request r
JOIN person_request_step g ON g.request = r.id AND g.kind = 'granted'
WHERE r.kind = 'deletion' AND NOT EXISTS (SELECT 1 FROM person_request_step d WHERE d.request = r.id AND d.kind = 'done')
ORDER BY r.id

-- asked_about: of these records, those an undecided request names
SELECT DISTINCT replace(u::text, '-', '') FROM person_request r, unnest(r.records) u
WHERE u = ANY(%(records)s::uuid[])
  AND NOT EXISTS (SELECT 1 FROM person_request_step d WHERE d.request = r.id AND d.kind IN ('refused', 'done'))

-- cases: of these records, those a case of repair or objection names that has not ended, or is being decided once more;
-- a shielding ends by its mark's day
SELECT DISTINCT replace(k.record_id::text, '-', '')
FROM rights_case_record k JOIN rights_case r ON r.id = k.case_id AND r.kind <> 'shielding'
WHERE k.record_id = ANY(%(records)s::uuid[])
  AND NOT EXISTS (SELECT 1 FROM rights_case_step s WHERE s.case_id = k.case_id AND s.kind = ANY(%(ends)s::text[])
                    AND NOT EXISTS (SELECT 1 FROM rights_case_step a WHERE a.case_id = k.case_id
                                    AND a.kind = ANY(%(reopens)s::text[]) AND a.seq > s.seq))

-- marked: of these records, those under an open objection or shielding
SELECT DISTINCT replace(m.record_id::text, '-', '') FROM record_mark m
WHERE m.record_id = ANY(%(records)s::uuid[]) AND m.closes IS NULL AND m.kind IN ('objection', 'shielding', 'extension')
  AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)
  AND (m.kind = 'objection' OR m.until IS NULL OR m.until >= %(today)s)

-- assessment: a new impact assessment
INSERT INTO impact_assessment (number, at, actor, title, parts, replaces, kept_until)
VALUES (%(number)s, %(at)s, %(actor)s, %(title)s, %(parts)s, %(replaces)s, %(kept_until)s)

-- signature: a second person signs it, or says what is wrong with it
INSERT INTO impact_signature (assessment, at, actor, role, agreed, note)
VALUES (%(assessment)s, %(at)s, %(actor)s, %(role)s, %(agreed)s, %(note)s)

-- assessments: with signature, newest first
SELECT a.id, a.number, a.at, a.actor, a.title, a.parts, a.kept_until, g.at, g.actor, g.agreed, g.note
FROM impact_assessment a LEFT JOIN impact_signature g ON g.assessment = a.id
WHERE (%(number)s::uuid IS NULL OR a.number = %(number)s::uuid)
ORDER BY a.id DESC LIMIT %(limit)s
