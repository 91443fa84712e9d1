-- add: an issued report
INSERT INTO report_issue (number, at, actor, role, provider, origin, ground, purpose, note, profile, form, subject,
    subject_key, stated, as_of, known_at, moment, items, choices, duty, site, edition, layout, records, facts,
    pdf_sha256, json_sha256, pdf_signatures, json_signatures, batch, checkpoint)
VALUES (%(number)s, %(at)s, %(actor)s, %(role)s, %(provider)s, %(origin)s, %(ground)s, %(purpose)s, %(note)s,
    %(profile)s, %(form)s, %(subject)s, %(subject_key)s, %(stated)s, %(as_of)s, %(known_at)s, %(moment)s, %(items)s,
    %(choices)s, %(duty)s, %(site)s, %(edition)s, %(layout)s, %(records)s, %(facts)s, %(pdf_sha256)s,
    %(json_sha256)s, %(pdf_signatures)s, %(json_signatures)s, %(batch)s, %(checkpoint)s)

-- one: an issued report by its number
SELECT * FROM report_issue WHERE number = %(number)s

-- of_subject: reports about a subject, newest first; not those of an organ whose looks a hold keeps from it today
SELECT r.number, r.at, r.role, r.ground, r.purpose, r.profile, r.records FROM report_issue r
WHERE r.subject_key = %(key)s
  AND NOT EXISTS (SELECT 1 FROM look_hold h
                  JOIN look_hold_step a ON a.hold = h.id AND a.kind = 'approved' AND a.at <= r.at
                  JOIN credit_subject s ON s.id = h.subject AND s.public_id = r.subject
                  WHERE h.organ = r.provider AND h.ends >= (now() AT TIME ZONE 'Asia/Shanghai')::date
                    AND (r.at AT TIME ZONE 'Asia/Shanghai')::date <= h.ends
                    AND NOT EXISTS (SELECT 1 FROM look_hold_step e WHERE e.hold = h.id AND e.kind = 'lifted'))
ORDER BY r.at DESC, r.id DESC LIMIT %(limit)s

-- counts: reports by purpose, kind of issue and profile in a period (both days inclusive)
SELECT purpose, role, profile, form, count(*) FROM report_issue
WHERE at >= %(begins)s AND at < %(ends)s GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4

-- moment: when a publication became visible
SELECT at FROM publication WHERE seq = %(seq)s

-- updated: the newest submission of each item that a publication had made visible
SELECT s.item_code, max(p.at) FROM submission s JOIN publication p ON p.batch = s.id AND p.seq <= %(seq)s
WHERE s.item_code = ANY(%(items)s)
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = s.id AND u.seq <= %(seq)s) GROUP BY 1

-- own_number: the public number of a subject that a login stands for
SELECT public_id FROM credit_subject WHERE value = %(value)s AND scheme IN ('uscc', 'regno', 'person') LIMIT 2

-- by_digest: the report one of whose files this is
SELECT number FROM report_issue WHERE pdf_sha256 = %(digest)s OR json_sha256 = %(digest)s

-- called: whether a person is known by a name, of which only the keyed hash is kept
SELECT 1 FROM known_name WHERE subject_id = %(subject)s AND folded = %(folded)s LIMIT 1
