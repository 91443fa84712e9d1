-- add: a file that waits to be taken in
INSERT INTO upload (id, at, actor, role, provider, origin, purpose, item, mode, filename, size, sha256)
VALUES (%(id)s, %(at)s, %(actor)s, %(role)s, %(provider)s, %(origin)s, %(purpose)s, %(item)s, %(mode)s,
        %(filename)s, %(size)s, %(sha256)s)

-- begin_state: nothing of it is done yet
INSERT INTO upload_state (upload, stage, done, at, cancelled) VALUES (%s, '等待处理', 0, %s, false)

-- progress: how far it is; tells whether somebody wants it stopped
UPDATE upload_state SET stage = %(stage)s, done = %(done)s, at = %(at)s WHERE upload = %(upload)s RETURNING cancelled

-- cancel: ask for it to be stopped
UPDATE upload_state SET cancelled = true WHERE upload = %s AND NOT EXISTS (SELECT 1 FROM upload_end WHERE upload = %s)

-- one: an upload with how far it is and how it ended
SELECT u.id, u.at, u.actor, u.role, u.provider, u.origin, u.purpose, u.item, u.mode, u.filename, u.size, u.sha256,
       s.stage, s.done, s.cancelled, e.at AS ended, e.outcome, e.submission, e.already, e.code, e.sentence
FROM upload u JOIN upload_state s ON s.upload = u.id LEFT JOIN upload_end e ON e.upload = u.id
WHERE u.id = %s

-- waiting: uploads that have not ended and were quiet since a moment
SELECT s.upload FROM upload_state s LEFT JOIN upload_end e ON e.upload = s.upload
WHERE e.upload IS NULL AND s.at < %s ORDER BY s.at

-- end: how it ended; the first answer stands
INSERT INTO upload_end (upload, at, outcome, submission, already, code, sentence)
VALUES (%(upload)s, %(at)s, %(outcome)s, %(submission)s, %(already)s, %(code)s, %(sentence)s)
ON CONFLICT (upload) DO NOTHING
