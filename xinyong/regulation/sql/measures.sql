-- measures: with what they rest on and what was done with them, in one statement; /*which*/ says which
SELECT m.id, m.number::text, m.at, m.rule, m.name, m.instrument, m.article, m.confidence, m.follows, m.least, m.most,
       m.lifted_by, m.edition, m.subject, m.organ, m.organ_name, m.document, m.notified_on, m.heard, m.decided, m.begins,
       m.months, m.ends, m.by, m.role, m.provider, m.reason,
       (SELECT json_agg(json_build_array(replace(b.record_id::text, '-', ''), b.item, b.document) ORDER BY b.id)
        FROM measure_basis b WHERE b.measure = m.id),
       (SELECT json_agg(json_build_array(a.kind, a.until, a.at, a.by, a.role, a.provider, a.reason, a.basis) ORDER BY a.id)
        FROM measure_act a WHERE a.measure = m.id)
FROM measure m WHERE /*which*/ ORDER BY m.id DESC LIMIT %(limit)s

-- live: numbers of the measures that their organ has not ended, oldest first
SELECT m.number::text FROM measure m
WHERE NOT EXISTS (SELECT 1 FROM measure_act a WHERE a.measure = m.id AND a.kind IN ('lifted', 'mistaken')) ORDER BY m.id

-- lock: whoever does something with a measure waits for who does so already
SELECT pg_advisory_xact_lock(7211, mod(id, 2147483647)::integer) FROM measure WHERE number = %(number)s::uuid

-- lock_organ: of two registrations of one organ one sees the other
SELECT pg_advisory_xact_lock(7212, hashtext(%(organ)s))

-- same: documents under which this organ registered this rule against this subject, mistaken ones left out
SELECT m.document FROM measure m
WHERE m.organ = %(organ)s AND m.rule = %(rule)s AND m.subject = ANY(%(subjects)s::bigint[])
  AND NOT EXISTS (SELECT 1 FROM measure_act a WHERE a.measure = m.id AND a.kind = 'mistaken')

-- add: a measure is registered
INSERT INTO measure (number, at, rule, name, instrument, article, confidence, follows, least, most, lifted_by, edition,
    subject, organ, organ_name, document, notified_on, heard, decided, begins, months, ends, by, role, provider, reason)
VALUES (%(number)s::uuid, %(at)s, %(rule)s, %(name)s, %(instrument)s, %(article)s, %(confidence)s, %(follows)s,
    %(least)s, %(most)s, %(lifted_by)s, %(edition)s, %(subject)s, %(organ)s, %(organ_name)s, %(document)s,
    %(notified_on)s, %(heard)s, %(decided)s, %(begins)s, %(months)s, %(ends)s, %(by)s, %(role)s, %(provider)s, %(reason)s)
RETURNING id

-- add_basis: a record that it rests on
INSERT INTO measure_basis (measure, record_id, item, document, at)
VALUES (%(measure)s, %(record)s::uuid, %(item)s, %(document)s, %(at)s)

-- act: it is lifted, extended, or was registered by mistake; a second end is not taken
INSERT INTO measure_act (measure, kind, until, at, by, role, provider, reason, basis)
VALUES (%(measure)s, %(kind)s, %(until)s, %(at)s, %(by)s, %(role)s, %(provider)s, %(reason)s, %(basis)s)
ON CONFLICT DO NOTHING RETURNING id

-- based_on: every record that a measure rests on
SELECT DISTINCT replace(record_id::text, '-', '') FROM measure_basis
