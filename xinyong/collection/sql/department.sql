-- submissions: every submission with how it stands today
SELECT s.id, s.item_code, s.provider, s.mode, s.filename, s.received_at, s.received_on, s.received_by, s.rows,
       s.new + s.corrected + s.revoked AS accepted, s.duplicates, s.held, s.rejected, s.warnings, s.late,
       CASE WHEN EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id) THEN '已撤销'
            WHEN s.outcome = 'undo' THEN '撤销'
            WHEN s.outcome = 'refused' THEN '整批退回'
            WHEN s.mode = '零报告' THEN '零报告'
            WHEN s.rejected + s.held > 0 THEN '有退回或待核'
            ELSE '全部入库' END AS state
FROM submission s

-- problems: why some rows of a submission went back or wait
SELECT line, sheet, field, rule, suggestion FROM problem
WHERE submission = %(submission)s AND line = ANY(%(lines)s) AND level IN ('error', 'held') ORDER BY id

-- undone_by: the undo of a submission
SELECT id FROM submission WHERE undoes = %s

-- uploads: the last files of a department, or of a person without one, with how far they are
SELECT u.id, u.at, u.item, u.filename, s.stage, s.done, e.outcome, e.sentence, e.submission
FROM upload u JOIN upload_state s ON s.upload = u.id LEFT JOIN upload_end e ON e.upload = u.id
WHERE u.provider = %(provider)s AND (%(provider)s <> '' OR u.actor = %(actor)s)
ORDER BY u.at DESC LIMIT 8
