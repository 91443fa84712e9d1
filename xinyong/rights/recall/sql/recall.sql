-- receiver: who got something
SELECT id FROM recall_receiver WHERE provider = %(provider)s AND system = %(system)s

-- add_receiver: for the first time
INSERT INTO recall_receiver (provider, system, role, at) VALUES (%(provider)s, %(system)s, %(role)s, %(at)s)
ON CONFLICT (provider, system) DO NOTHING

-- deliver: records it was given, each noted the first time
INSERT INTO delivery (record_id, receiver, reference, at, known_at)
SELECT r, %(receiver)s, %(reference)s, %(at)s, %(known_at)s FROM unnest(%(records)s::uuid[]) AS r
ON CONFLICT (record_id, receiver, reference) DO NOTHING

-- receivers: of a provider, with one of its systems first
SELECT id, system FROM recall_receiver WHERE provider = %(provider)s AND system IN (%(system)s, '') ORDER BY system = '', id

-- add_cause: why records are taken back
INSERT INTO recall_cause (cause, kind, decided, until, records, born, at)
VALUES (%(cause)s, %(kind)s, %(decided)s, %(until)s, %(records)s::uuid[], %(born)s, %(at)s)
ON CONFLICT (cause) DO NOTHING

-- issue_records: one recall for each receiver of these records and the receipts it has; again: only what came late
WITH wanted AS (
    SELECT d.receiver, d.record_id, array_agg(d.reference) FILTER (WHERE d.reference <> '') AS reports
    FROM delivery d
    WHERE d.record_id = ANY(%(records)s::uuid[]) AND d.at <= %(before)s::timestamptz
      AND NOT EXISTS (SELECT 1 FROM recall r WHERE r.cause = %(cause)s AND r.receiver = d.receiver
                      AND d.record_id = ANY(r.records))
    GROUP BY 1, 2), numbered AS (
    SELECT *, (row_number() OVER (PARTITION BY receiver ORDER BY record_id) - 1) / %(size)s AS part FROM wanted)
INSERT INTO recall (cause, receiver, at, records, reports)
SELECT %(cause)s, receiver, %(at)s, array_agg(record_id ORDER BY record_id),
       ARRAY(SELECT DISTINCT x FROM numbered n, unnest(n.reports) AS x
             WHERE n.receiver = numbered.receiver AND n.part = numbered.part ORDER BY 1)
FROM numbered GROUP BY receiver, part ORDER BY receiver, part RETURNING id, receiver, cardinality(records)

-- issue_changed: one recall for each receiver of what a batch changed, if it got an earlier version; without what other causes name
WITH wanted AS (
    SELECT d.receiver, d.record_id, array_agg(d.reference) FILTER (WHERE d.reference <> '') AS reports
    FROM record_version v
    JOIN publication p ON p.batch = v.born
    JOIN delivery d ON d.record_id = v.record_id AND d.known_at < p.seq
    WHERE v.born = %(born)s AND v.kind <> 'N' AND (v.kind = 'R') = %(ended)s
      AND NOT EXISTS (SELECT 1 FROM recall_cause o WHERE (o.cause = ANY(%(apart)s) OR o.cause LIKE %(settled)s)
                      AND v.record_id = ANY(o.records))
      AND NOT EXISTS (SELECT 1 FROM recall r WHERE r.cause = %(cause)s AND r.receiver = d.receiver
                      AND d.record_id = ANY(r.records))
    GROUP BY 1, 2), numbered AS (
    SELECT *, (row_number() OVER (PARTITION BY receiver ORDER BY record_id) - 1) / %(size)s AS part FROM wanted)
INSERT INTO recall (cause, receiver, at, records, reports)
SELECT %(cause)s, receiver, %(at)s, array_agg(record_id ORDER BY record_id),
       ARRAY(SELECT DISTINCT x FROM numbered n, unnest(n.reports) AS x
             WHERE n.receiver = numbered.receiver AND n.part = numbered.part ORDER BY 1)
FROM numbered GROUP BY receiver, part ORDER BY receiver, part RETURNING id, receiver, cardinality(records)

-- published: when a batch became visible; null before that
SELECT at FROM publication WHERE batch = %(born)s

-- changes: whether a batch ended anything, and whether it corrected anything or brought it back
SELECT bool_or(kind = 'R'), bool_or(kind <> 'R') FROM record_version
WHERE born = %(born)s AND (kind <> 'N' OR seq > 1)

-- corrected: records that a batch corrected, or brought back after they had ended
SELECT DISTINCT replace(record_id::text, '-', '') FROM record_version
WHERE born = %(born)s AND kind <> 'R' AND (kind <> 'N' OR seq > 1) ORDER BY 1

-- by_file: of these records, as far as their items' fields can stop one: what a batch said of them and what was said before
SELECT replace(v.record_id::text, '-', ''), i.code, v.payload, b.payload
FROM (SELECT DISTINCT ON (record_id) record_id, seq, item, payload FROM record_version
      WHERE born = %(born)s AND record_id = ANY(%(records)s::uuid[]) ORDER BY record_id, seq DESC) v
JOIN catalog_item i ON i.id = v.item AND i.code = ANY(%(items)s)
LEFT JOIN LATERAL (SELECT CASE WHEN o.kind <> 'R' THEN o.payload END AS payload
                   FROM record_version o JOIN publication p ON p.batch = o.born
                   WHERE o.record_id = v.record_id AND o.seq < v.seq AND o.born <> %(born)s
                   ORDER BY o.seq DESC LIMIT 1) b ON true
WHERE v.payload IS NOT NULL

-- resting_on_changed: records that rest on one that a batch corrected, ended or brought back
SELECT DISTINCT replace(m.record_id::text, '-', '') FROM record_mark m
JOIN record_version v ON v.record_id = m.value::uuid AND v.born = %(born)s AND (v.kind <> 'N' OR v.seq > 1)
WHERE m.kind = 'rests_on' AND m.closes IS NULL AND NOT EXISTS (SELECT 1 FROM record_mark e WHERE e.closes = m.id)

-- told_last: of these records, what the newest recall said that stopped them or gave them back; late receipts of an older one don't count
SELECT DISTINCT ON (t.record) replace(t.record::text, '-', ''), u.kind, u.until
FROM (SELECT n AS record, r.cause, min(r.id) AS first FROM recall r, unnest(r.records) AS n
      WHERE r.receiver = ANY(ARRAY(SELECT DISTINCT d.receiver FROM delivery d WHERE d.record_id = ANY(%(records)s::uuid[])))
        AND n = ANY(%(records)s::uuid[])
      GROUP BY 1, 2) t
JOIN recall_cause u USING (cause) WHERE u.kind = ANY(%(kinds)s)
ORDER BY t.record, t.first DESC

-- recent: causes whose late receipts have still to be looked for
SELECT cause, kind, decided, until, records, born, at FROM recall_cause WHERE at > %(since)s ORDER BY at, cause

-- named: receivers by number
SELECT id, provider, system, role FROM recall_receiver WHERE id = ANY(%(ids)s)

-- unserved: of these receivers those that have no live subscription
SELECT r.id, r.provider FROM recall_receiver r WHERE r.id = ANY(%(ids)s) AND r.provider <> ''
  AND NOT EXISTS (SELECT 1 FROM recall_subscription s WHERE s.receiver = r.id
                  AND NOT EXISTS (SELECT 1 FROM recall_subscription_end e WHERE e.subscription = s.id))

-- feed: recalls of these receivers after a number, in the order in which they became visible
SELECT r.id, r.at, r.records, r.reports, k.kind, k.decided, k.until, f.at AS confirmed
FROM recall r JOIN recall_cause k USING (cause) LEFT JOIN recall_confirmation f ON f.recall = r.id
WHERE r.receiver = ANY(%(receivers)s) AND r.id > %(after)s ORDER BY r.id LIMIT %(limit)s

-- one: a recall, if it is one of these receivers'
SELECT r.id, f.at FROM recall r LEFT JOIN recall_confirmation f ON f.recall = r.id
WHERE r.id = %(id)s AND r.receiver = ANY(%(receivers)s)

-- confirm: the first time
INSERT INTO recall_confirmation (recall, at, by, way) VALUES (%(id)s, %(at)s, %(by)s, %(way)s)
ON CONFLICT (recall) DO NOTHING

-- subscribe: where a receiver wants its recalls sent
INSERT INTO recall_subscription (receiver, at, by, url, secret)
VALUES (%(receiver)s, %(at)s, %(by)s, %(url)s, %(secret)s) RETURNING id

-- push: a new subscription begins with the oldest recall that is not confirmed
INSERT INTO recall_push (subscription, receiver, sent, attempts, next_at)
VALUES (%(subscription)s, %(receiver)s,
    (SELECT coalesce(min(r.id) - 1, (SELECT coalesce(max(id), 0) FROM recall)) FROM recall r WHERE r.receiver = %(receiver)s
     AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id)), 0, '-infinity')

-- live: a receiver's subscription
SELECT s.id, s.url, s.at FROM recall_subscription s WHERE s.receiver = ANY(%(receivers)s)
  AND NOT EXISTS (SELECT 1 FROM recall_subscription_end e WHERE e.subscription = s.id) ORDER BY s.id

-- unsubscribe: it ends
INSERT INTO recall_subscription_end (subscription, at, by, reason) VALUES (%(id)s, %(at)s, %(by)s, %(reason)s)
ON CONFLICT (subscription) DO NOTHING

-- stop_push: nothing is sent there any more
DELETE FROM recall_push WHERE subscription = %(id)s

-- claim: subscriptions that are due and have something to be sent; lost by a crash they are due again after the lease
UPDATE recall_push p SET next_at = %(lease)s
WHERE p.subscription IN (
    SELECT q.subscription FROM recall_push q
    WHERE q.next_at <= %(now)s AND EXISTS (
        SELECT 1 FROM recall r WHERE r.receiver = q.receiver AND r.id > q.sent
          AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id))
    ORDER BY q.next_at, q.subscription LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING p.subscription, p.receiver, p.sent, p.attempts

-- subscription: address and secret
SELECT url, secret FROM recall_subscription WHERE id = %(id)s

-- batch: what comes next for a subscription
SELECT r.id, r.at, r.records, r.reports, k.kind, k.decided, k.until, NULL::timestamptz AS confirmed
FROM recall r JOIN recall_cause k USING (cause)
WHERE r.receiver = %(receiver)s AND r.id > %(after)s
  AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id) ORDER BY r.id LIMIT %(limit)s

-- attempt: one request and what came of it
INSERT INTO recall_attempt (subscription, at, first, last, outcome, detail)
VALUES (%(subscription)s, %(at)s, %(first)s, %(last)s, %(outcome)s, %(detail)s)

-- taken: the subscriber's server took them; the lease is renewed
UPDATE recall_push SET sent = greatest(sent, %(last)s), attempts = 0, next_at = %(lease)s
WHERE subscription = %(subscription)s

-- rest: nothing more for now; what comes is due at once
UPDATE recall_push SET next_at = '-infinity' WHERE subscription = %(subscription)s

-- later: it failed; the next try at the moment given
UPDATE recall_push SET attempts = attempts + 1, next_at = %(next)s WHERE subscription = %(subscription)s

-- next_due: when the first of the waiting subscriptions is to be tried again
SELECT min(q.next_at) FROM recall_push q WHERE q.attempts > 0 AND EXISTS (
    SELECT 1 FROM recall r WHERE r.receiver = q.receiver AND r.id > q.sent
      AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id))

-- remind: taken a day ago and not confirmed: sent once more, with what follows
UPDATE recall_push p SET sent = o.first - 1 FROM (
    SELECT r.receiver, min(r.id) AS first FROM recall r
    WHERE r.at < %(before)s AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id) GROUP BY 1) o
WHERE o.receiver = p.receiver AND p.sent >= o.first AND p.attempts = 0

-- nudge: a person wants a subscription tried at once, from the oldest that is not confirmed
UPDATE recall_push p SET next_at = '-infinity', sent = least(p.sent, o.first - 1) FROM (
    SELECT r.receiver, min(r.id) AS first FROM recall r
    WHERE NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id) GROUP BY 1) o
WHERE o.receiver = p.receiver AND p.receiver = %(receiver)s

-- late: receivers with recalls that nobody confirmed in time
SELECT v.id, v.provider, v.system, count(*), min(r.at) FROM recall r JOIN recall_receiver v ON v.id = r.receiver
WHERE r.at < %(before)s AND NOT EXISTS (SELECT 1 FROM recall_confirmation f WHERE f.recall = r.id)
GROUP BY 1, 2, 3 ORDER BY 1
