-- register: a handler of a kind of event, once; what happened before it is not its business
INSERT INTO event_handler (name, kind, since)
SELECT %(name)s, %(kind)s, (SELECT coalesce(max(id), 0) FROM event)
WHERE NOT EXISTS (SELECT 1 FROM event_handler WHERE name = %(name)s AND kind = %(kind)s)
ON CONFLICT (name, kind) DO NOTHING

-- due: what is to be handled, in the order of the events
SELECT event_id, handler FROM event_todo
WHERE next_at <= %(now)s ORDER BY event_id, handler LIMIT %(limit)s

-- take: one of them, in the transaction that handles it
DELETE FROM event_todo WHERE event_id = %(event)s AND handler = %(handler)s RETURNING attempts

-- event: what happened
SELECT id, at, kind, body FROM event WHERE id = %(event)s

-- handled: nobody has to handle it any more
INSERT INTO event_handled (event_id, at) SELECT %(event)s, %(now)s
WHERE NOT EXISTS (SELECT 1 FROM event_todo WHERE event_id = %(event)s)
ON CONFLICT (event_id) DO NOTHING

-- failed: another try later
UPDATE event_todo SET attempts = attempts + 1, error = %(error)s,
    next_at = %(now)s + least(interval '1 minute' * power(2, least(attempts, 12)), interval '6 hours')
WHERE event_id = %(event)s AND handler = %(handler)s

-- standing: how many wait, how many failed at least once, how many often
SELECT count(*), count(*) FILTER (WHERE attempts > 0), count(*) FILTER (WHERE attempts >= %(most)s) FROM event_todo

-- troubled: events that failed, with the last error
SELECT t.event_id, t.handler, e.kind, e.at, t.attempts, t.next_at, t.error
FROM event_todo t JOIN event e ON e.id = t.event_id WHERE t.attempts > 0 ORDER BY t.event_id, t.handler LIMIT 200

-- wake: a job for the worker, once in a transaction; seen by it when that commits
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('default', %(task)s, 0, NULL, NULL,
    jsonb_build_object('timestamp', extract(epoch FROM clock_timestamp())::bigint), %(at)s::timestamptz)::procrastinate_job_to_defer_v1]),
    set_config(%(mark)s, 'yes', true)
WHERE coalesce(current_setting(%(mark)s, true), '') <> 'yes'
