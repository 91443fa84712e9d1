-- propose: a correction or withdrawal that waits for a second person
INSERT INTO record_change (at, by, provider, item, record, kind, state, reason, due)
VALUES (%(at)s, %(by)s, %(provider)s, %(item)s, %(record)s, %(kind)s, %(state)s, %(reason)s, %(due)s) RETURNING id

-- cells: what was filled in, sealed
INSERT INTO record_change_cells (change, sealed) VALUES (%s, %s)

-- forget: what was filled in is not kept after the end
DELETE FROM record_change_cells WHERE change = %s

-- end: how it ended, once
INSERT INTO record_change_end (change, at, by, role, outcome, note, submission)
VALUES (%(change)s, %(at)s, %(by)s, %(role)s, %(outcome)s, %(note)s, %(submission)s) ON CONFLICT DO NOTHING

-- changes: proposals as they stand
SELECT r.id, r.at, r.by, r.provider, r.item, r.record, r.kind, r.state AS state_then, r.reason, r.due,
       e.at AS ended, coalesce(e.by, '') AS ended_by, coalesce(e.outcome, 'waiting') AS outcome,
       coalesce(e.note, '') AS note, e.submission
FROM record_change r LEFT JOIN record_change_end e ON e.change = r.id

-- sealed: what was filled in
SELECT sealed FROM record_change_cells WHERE change = %s

-- waiting: how many of a department's wait
SELECT count(*), count(*) FILTER (WHERE r.due < %(today)s)
FROM record_change r WHERE r.provider = %(provider)s AND NOT EXISTS (SELECT 1 FROM record_change_end e WHERE e.change = r.id)
