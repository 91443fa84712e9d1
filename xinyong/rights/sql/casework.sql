-- cases: cases with their records and steps in one statement; /*which*/ says which
SELECT k.id, k.number, k.kind, k.at, k.scheme, k.value, k.name, k.channel, k.authority, k.route, k.about, k.application,
       k.detail,
       (SELECT json_agg(json_build_array(replace(r.record_id::text, '-', ''), r.item, r.document, r.version, r.mark)
                        ORDER BY r.id)
        FROM rights_case_record r WHERE r.case_id = k.id),
       (SELECT json_agg(json_build_array(s.seq, s.kind, s.at, s.actor, s.role, s.provider, s.reason, s.basis, s.upstream,
                                         s.detail) ORDER BY s.seq)
        FROM rights_case_step s WHERE s.case_id = k.id)
FROM rights_case k WHERE k.kind = ANY(%(kinds)s) AND /*which*/ ORDER BY k.id DESC LIMIT %(limit)s

-- lock: whoever works on a case waits for who does so already
SELECT pg_advisory_xact_lock(7207, mod(id, 2147483647)::integer) FROM rights_case WHERE number = %(number)s::uuid

-- lock_applications: two applications for one record see each other
SELECT pg_advisory_xact_lock(7208, 0)

-- open: a case
INSERT INTO rights_case (number, kind, at, scheme, value, name, channel, authority, route, about, application, detail)
VALUES (%(number)s::uuid, %(kind)s, %(at)s, %(scheme)s, %(value)s, %(name)s, %(channel)s, %(authority)s, %(route)s,
        %(about)s, %(application)s::uuid, %(detail)s) RETURNING id

-- record: a record of a case
INSERT INTO rights_case_record (case_id, record_id, item, document, version, mark)
VALUES (%(case)s, %(record)s::uuid, %(item)s, %(document)s, %(version)s, %(mark)s)

-- step: the next step of a case
INSERT INTO rights_case_step (case_id, seq, kind, at, actor, role, provider, reason, basis, upstream, detail)
VALUES (%(case)s, %(seq)s, %(kind)s, %(at)s, %(actor)s, %(role)s, %(provider)s, %(reason)s, %(basis)s, %(upstream)s,
        %(detail)s)

-- busy: records of these that an open case of this kind is about and has no result for yet; others' objections are apart,
-- each applicant's own
SELECT DISTINCT replace(r.record_id::text, '-', ''), k.number::text
FROM rights_case_record r JOIN rights_case k ON k.id = r.case_id AND k.kind = %(kind)s
WHERE r.record_id = ANY(%(records)s::uuid[])
  AND EXISTS (SELECT 1 FROM rights_case_step f WHERE f.case_id = k.id AND f.seq = 1 AND (f.kind = 'raised') = %(raised)s)
  AND (NOT %(raised)s OR (k.scheme, k.value) = (%(scheme)s, %(value)s))
  AND NOT EXISTS (SELECT 1 FROM rights_case_step s WHERE s.case_id = k.id AND s.kind = ANY(%(closing)s))
  AND NOT EXISTS (SELECT 1 FROM rights_case_step p WHERE p.case_id = k.id AND p.kind = ANY(%(parts)s)
                    AND (p.detail -> 'granted' || (p.detail -> 'refused')) ? replace(r.record_id::text, '-', ''))

-- durable: this transaction is not lost by a crash, whatever was said in it before
SELECT set_config('synchronous_commit', 'on', true)

-- upstream: the case an upstream result belongs to
SELECT k.number::text FROM rights_case_step s JOIN rights_case k ON k.id = s.case_id
WHERE s.upstream = %(upstream)s AND s.kind IN ('upstream_granted', 'upstream_refused', 'upstream_granted_part', 'upstream_refused_part')

-- files: the materials of a case
SELECT f.id, f.at, f.material, f.name, f.type, f.size, f.digest, f.vault
FROM rights_case_file f WHERE f.case_id = %(case)s ORDER BY f.id

-- file: one material is added
INSERT INTO rights_case_file (case_id, at, actor, material, name, type, size, digest, vault)
VALUES (%(case)s, %(at)s, %(actor)s, %(material)s, %(name)s, %(type)s, %(size)s, %(digest)s, %(vault)s)

-- vault_key: the key of a stored material; none once its retention is over
SELECT wrapped_key FROM vault_object WHERE name = %(name)s AND length(wrapped_key) > 0

-- keep: register a stored material with the end of its retention
INSERT INTO vault_object (name, wrapped_key, size, stored, retained_until, retention_rule)
VALUES (%(name)s, %(key)s, %(size)s, %(at)s, %(until)s, %(rule)s)

-- revoked_on: when a repair of this subject was last withdrawn on this ground; a step that names none is on none
SELECT max(s.at) FROM rights_case k JOIN rights_case_step s ON s.case_id = k.id AND s.kind = 'revoked'
WHERE k.kind = 'repair' AND s.detail ->> 'ground' = %(ground)s AND k.scheme = %(scheme)s AND k.value = %(value)s

-- revoked: subjects of which a repair was withdrawn on this ground, with when that was last
SELECT k.scheme, k.value, max(s.at) FROM rights_case k JOIN rights_case_step s ON s.case_id = k.id AND s.kind = 'revoked'
WHERE k.kind = 'repair' AND s.detail ->> 'ground' = %(ground)s GROUP BY 1, 2

-- read: when the newest notice of this kind about a matter was first opened by its subject
SELECT min(r.at) FROM notice_read r WHERE r.notice = (
    SELECT max(n.id) FROM notice n WHERE n.about = %(about)s AND n.template = %(template)s AND n.kind = 'subject')

-- trained: somebody took the test
INSERT INTO rights_training (number, at, scheme, value, correct, "of", passed)
VALUES (%(number)s::uuid, %(at)s, %(scheme)s, %(value)s, %(correct)s, %(of)s, %(passed)s)

-- certificates: the tests this subject passed, newest first
SELECT number::text, at, correct, "of" FROM rights_training
WHERE scheme = %(scheme)s AND value = %(value)s AND passed ORDER BY id DESC LIMIT 20
