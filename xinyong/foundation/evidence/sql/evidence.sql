-- last: the newest checkpoint
SELECT size, root_sha256, root_sm3, horizon::text, whole, at, note_sha256, note_sm3 FROM evidence_checkpoint
ORDER BY size DESC LIMIT 1

-- checkpoint: one checkpoint by its size
SELECT size, root_sha256, root_sm3, horizon::text, whole, at, note_sha256, note_sm3 FROM evidence_checkpoint
WHERE size = %s

-- horizon: transactions below it have ended; whether the last horizon is from this database's own past
SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
       pg_snapshot_xmin(pg_current_snapshot()) >= %(last)s::xid8

-- unsealed: what transactions between the last horizon and this one wrote
SELECT id, kind, ref, leaf FROM evidence_entry
WHERE txid >= %(last)s::xid8 AND txid < %(horizon)s::xid8 ORDER BY id

-- unsealed_one_by_one: after a restore (transactions are counted anew) or a sealing that left some: ask for each entry
SELECT id, kind, ref, leaf FROM evidence_entry e
WHERE NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id) ORDER BY id

-- sealed_entry: remember where an entry's leaves went
COPY evidence_range (entry, first, count) FROM STDIN

-- add_checkpoint: the trees' new state
INSERT INTO evidence_checkpoint (size, at, root_sha256, root_sm3, horizon, whole, note_sha256, note_sm3)
VALUES (%s, %s, %s, %s, %s::xid8, %s, %s, %s)

-- waiting: how many entries no checkpoint covers yet, and since when
SELECT count(*), min(e.at) FROM evidence_entry e
WHERE NOT EXISTS (SELECT 1 FROM evidence_range r WHERE r.entry = e.id)

-- entries_sealed: entries with their places, in the order of the trees
SELECT e.id, e.kind, e.ref, e.salt, e.leaf, r.first, r.count
FROM evidence_range r LEFT JOIN evidence_entry e ON e.id = r.entry
WHERE r.first + r.count <= %(size)s ORDER BY r.first, r.entry

-- place_of: where the entry of this kind and reference went
SELECT e.leaf, r.first, r.count FROM evidence_entry e JOIN evidence_range r ON r.entry = e.id
WHERE e.kind = %s AND e.ref = %s ORDER BY r.first DESC LIMIT 1
