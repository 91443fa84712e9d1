-- add: a batch ordered
INSERT INTO report_batch (at, actor, role, provider, origin, reason, orders, total)
VALUES (%(at)s, %(actor)s, %(role)s, %(provider)s, %(origin)s, %(reason)s, %(orders)s, %(total)s) RETURNING id

-- one: a batch
SELECT id, at, actor, role, provider, origin, reason, orders, total FROM report_batch WHERE id = %(batch)s

-- waiting: batches that are not done, the oldest first
SELECT id FROM report_batch b
WHERE NOT EXISTS (SELECT 1 FROM report_batch_end e WHERE e.batch_id = b.id AND e.kind = 'done') ORDER BY id

-- line: what became of one line
INSERT INTO report_batch_row (batch_id, line, at, number, refusal)
VALUES (%(batch)s, %(line)s, %(at)s, %(number)s, %(refusal)s)

-- lines: what became of a batch's lines so far
SELECT line, number, refusal FROM report_batch_row WHERE batch_id = %(batch)s ORDER BY line

-- end: cancelled, or done with its archive
INSERT INTO report_batch_end (batch_id, kind, at, actor, file)
VALUES (%(batch)s, %(kind)s, %(at)s, %(actor)s, %(file)s) ON CONFLICT DO NOTHING

-- ends: how a batch ended
SELECT kind, at, file FROM report_batch_end WHERE batch_id = %(batch)s

-- mine: somebody's batches with their progress, newest first
SELECT b.id, b.at, b.total, count(r.line) AS lines, count(r.line) FILTER (WHERE r.number <> '') AS issued,
       count(r.line) FILTER (WHERE r.refusal <> '') AS refused,
       EXISTS (SELECT 1 FROM report_batch_end e WHERE e.batch_id = b.id AND e.kind = 'cancelled') AS cancelled,
       EXISTS (SELECT 1 FROM report_batch_end e WHERE e.batch_id = b.id AND e.kind = 'done') AS done
FROM report_batch b LEFT JOIN report_batch_row r ON r.batch_id = b.id
WHERE b.actor = %(actor)s AND (%(batch)s::bigint IS NULL OR b.id = %(batch)s)
GROUP BY b.id ORDER BY b.id DESC LIMIT 50

-- stored: the archive's wrapped key
SELECT wrapped_key FROM vault_object WHERE name = %(name)s AND length(wrapped_key) > 0

-- keep: the archive in the vault, until its retention ends
INSERT INTO vault_object (name, wrapped_key, size, stored, retained_until, retention_rule)
VALUES (%(name)s, %(wrapped_key)b, %(size)s, %(at)s, %(until)s, %(rule)s)
