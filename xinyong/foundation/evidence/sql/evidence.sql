-- last: the newest checkpoint
SELECT number, size, root_sha256, root_sm3, horizon::text, whole, reach, at, note_sha256, note_sm3
FROM evidence_checkpoint ORDER BY size DESC LIMIT 1

-- checkpoint: one checkpoint by its size
SELECT number, size, root_sha256, root_sm3, horizon::text, whole, reach, at, note_sha256, note_sm3
FROM evidence_checkpoint WHERE size = %s

-- numbered: one checkpoint by its number
SELECT number, size, root_sha256, root_sm3, horizon::text, whole, reach, at, note_sha256, note_sm3
FROM evidence_checkpoint WHERE number = %s

-- sizes_before: of all checkpoints before this size
SELECT size FROM evidence_checkpoint WHERE size < %s ORDER BY size

-- all_before: all checkpoints before this size, oldest first
SELECT number, size, root_sha256, root_sm3, horizon::text, whole, reach, at, note_sha256, note_sm3
FROM evidence_checkpoint WHERE size < %s ORDER BY size

-- page: checkpoints up to a number, newest first
SELECT number, size, root_sha256, root_sm3, horizon::text, whole, reach, at, note_sha256, note_sm3
FROM evidence_checkpoint WHERE number <= %(number)s ORDER BY number DESC LIMIT %(limit)s

-- growth: the size of the log at the end of each of the last days, of Beijing; the day's first checkpoint
SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, max(size), count(*), min(number) FROM evidence_checkpoint
WHERE at >= %(since)s GROUP BY 1 ORDER BY 1 DESC

-- horizon: transactions below it have ended; whether the last horizon is from this database's own past
SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
       pg_snapshot_xmin(pg_current_snapshot()) >= %(last)s::xid8

-- unsealed: what transactions from the last horizon to this one wrote, or ones claim that are yet to come; 0: sealing itself
SELECT id, kind, ref, leaf FROM evidence_entry e
WHERE (txid >= greatest(%(last)s::xid8, '1'::xid8) AND txid < %(horizon)s::xid8
       OR txid >= pg_snapshot_xmax(pg_current_snapshot()))
  AND NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id) ORDER BY id

-- unsealed_one_by_one: after a restore (transactions are counted anew) or a sealing that left some: ask for each entry
SELECT id, kind, ref, leaf FROM evidence_entry e
WHERE txid > '0'::xid8 AND NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id) ORDER BY id

-- add_rows: rows of a table of its own that a sealing takes up
INSERT INTO evidence_entry (txid, at, kind, ref) VALUES ('0'::xid8, %s, %s, %s) RETURNING id

-- sealed_entry: remember where an entry's leaves went
COPY evidence_range (entry, first, count) FROM STDIN

-- add_checkpoint: the trees' new state
INSERT INTO evidence_checkpoint
    (number, size, at, root_sha256, root_sm3, horizon, whole, reach, note_sha256, note_sm3)
VALUES (%s, %s, %s, %s, %s, %s::xid8, %s, %s, %s, %s)

-- waiting: how many entries no checkpoint covers yet, and since when
SELECT count(*), min(e.at) FROM evidence_entry e
WHERE e.txid > '0'::xid8 AND NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id)

-- waiting_since: the same after a horizon of this database's own past, without asking for each entry
SELECT count(*), min(e.at) FROM evidence_entry e
WHERE e.txid >= greatest(%(last)s::xid8, '1'::xid8)
  AND NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id)

-- passed: entries that no sealing has and none will take up; %(settled)s: transactions below the last horizon are sealed
SELECT e.kind, e.ref FROM evidence_entry e
WHERE NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id)
  AND (e.txid = '0'::xid8 OR %(settled)s AND e.txid < %(last)s::xid8)
ORDER BY e.id LIMIT %(limit)s

-- unclosed: entries of a kind that were sealed without the leaf that closes them
SELECT e.ref FROM evidence_entry e
WHERE e.kind = %(kind)s AND EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id)
  AND NOT EXISTS (SELECT 1 FROM evidence_entry b WHERE b.kind = %(closing)s AND b.ref = e.ref)
ORDER BY e.id LIMIT %(limit)s

-- add_closing: the leaf that closes an entry of many leaves
INSERT INTO evidence_entry (txid, at, kind, ref, salt, leaf) VALUES ('0'::xid8, %s, %s, %s, %s, %s) RETURNING id

-- entries_sealed: entries with their places, in the order of the trees
SELECT e.id, e.kind, e.ref, e.salt, e.leaf, r.first, r.count
FROM evidence_range r LEFT JOIN evidence_entry e ON e.id = r.entry
WHERE r.first < %(size)s AND r.count <= %(size)s - r.first ORDER BY r.first, r.entry

-- beyond: entries that claim a place which the trees do not have
SELECT coalesce(e.kind, ''), coalesce(e.ref, ''), r.first
FROM evidence_range r LEFT JOIN evidence_entry e ON e.id = r.entry
WHERE r.first >= %(size)s OR r.count > %(size)s - r.first ORDER BY r.first, r.entry LIMIT %(limit)s

-- place_of: where the entry of this kind and reference went
SELECT e.leaf, r.first, r.count FROM evidence_entry e JOIN evidence_range r ON r.entry = e.id
WHERE e.kind = %s AND e.ref = %s ORDER BY r.first DESC LIMIT 1

-- salt_of: the salt of a single leaf
SELECT salt FROM evidence_entry WHERE kind = %s AND ref = %s ORDER BY id DESC LIMIT 1

-- anchored: up to where each anchor keeps each tree, since when, with its receipt and the note it was given
SELECT DISTINCT ON (a.anchor, a.algorithm) a.anchor, a.algorithm, a.size, a.at, a.receipt,
       CASE a.algorithm WHEN 'sm3' THEN c.note_sm3 ELSE c.note_sha256 END
FROM evidence_anchor a LEFT JOIN evidence_checkpoint c ON c.size = a.size
ORDER BY a.anchor, a.algorithm, a.size DESC

-- add_check: a verification is asked for
INSERT INTO evidence_check (at, actor, role) VALUES (%s, %s, %s) RETURNING id

-- add_step: how far a verification is
INSERT INTO evidence_check_step (run, at, done, size) VALUES (%s, %s, %s, %s)

-- end_check: what a verification found
INSERT INTO evidence_check_end (run, at, sound, result) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING

-- ended_check: whether a verification has ended
SELECT 1 FROM evidence_check_end WHERE run = %s

-- checks: verifications with their last step and their end, newest first; one of them, or the newest ones
SELECT k.id, k.at, k.actor, s.at, s.done, s.size, e.at, e.sound, e.result
FROM evidence_check k
LEFT JOIN LATERAL (SELECT * FROM evidence_check_step t WHERE t.run = k.id ORDER BY t.id DESC LIMIT 1) s ON true
LEFT JOIN evidence_check_end e ON e.run = k.id
WHERE %(number)s::bigint IS NULL OR k.id = %(number)s ORDER BY k.id DESC LIMIT %(limit)s

-- bent: tables that show others than their owner something else than what is in them, which this platform never sets up
SELECT k.relname FROM pg_class k
WHERE k.relnamespace = 'public'::regnamespace AND k.relkind IN ('r', 'p')
  AND (k.relrowsecurity OR EXISTS (SELECT 1 FROM pg_rewrite w WHERE w.ev_class = k.oid))
ORDER BY k.relname
