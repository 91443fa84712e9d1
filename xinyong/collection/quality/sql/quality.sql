-- undone: part of others: the submission was taken back
EXISTS (SELECT 1 FROM submission u WHERE u.undoes = s.id)

-- submissions: what was handed in between two days and still counts
SELECT s.id, s.provider, s.item_code, s.item_digest, s.mode, s.received_on, s.rows, s.new, s.duplicates, s.corrected,
       s.revoked, s.held, s.rejected, s.warnings, s.late
FROM submission s
WHERE s.outcome = 'taken' AND s.mode <> '零报告' AND s.received_on >= %(first)s AND s.received_on < %(next)s
  AND s.item_code <> ALL(%(ledgers)s) AND (%(provider)s = '' OR s.provider = %(provider)s)
  AND NOT /*undone*/
ORDER BY s.id

-- mending: rows of these submissions that mend a row of an earlier one, by their fate
SELECT k.closed_by, k.outcome, count(*)
FROM closure k JOIN submission s ON s.id = k.submission
WHERE k.closed_by = ANY(%(submissions)s) AND NOT /*undone*/
GROUP BY 1, 2

-- settled: rows first handed in with these submissions that went back and are in order by now
WITH RECURSIVE live AS (
    SELECT k.submission, k.line, k.closed_by, k.later_line, k.outcome
    FROM closure k JOIN submission s ON s.id = k.closed_by
    WHERE NOT /*undone*/ AND NOT EXISTS (SELECT 1 FROM submission o WHERE o.undoes = k.submission)
), chain AS (
    SELECT l.submission AS root, l.line AS root_line, l.closed_by, l.later_line, l.outcome
    FROM live l
    WHERE l.submission = ANY(%(submissions)s)
      AND NOT EXISTS (SELECT 1 FROM live e WHERE e.closed_by = l.submission AND e.later_line = l.line)
    UNION ALL
    SELECT c.root, c.root_line, l.closed_by, l.later_line, l.outcome
    FROM chain c JOIN live l ON l.submission = c.closed_by AND l.line = c.later_line
)
SELECT root, count(DISTINCT root_line) FILTER (WHERE outcome IN ('n', 'd', 'c', 'r'))
FROM chain GROUP BY root

-- missing_cells: required cells left empty in rows that these submissions handed in first
SELECT p.submission, count(*)
FROM problem p
WHERE p.submission = ANY(%(submissions)s) AND p.rule = 'required'
  AND NOT EXISTS (SELECT 1 FROM closure k JOIN submission s ON s.id = k.submission
                  WHERE k.closed_by = p.submission AND k.later_line = p.line AND NOT /*undone*/)
GROUP BY 1

-- open_rows: rows of these submissions that went back or are held, and of these the held ones, not settled yet
SELECT o.submission, count(*), count(*) FILTER (WHERE NOT o.wrong)
FROM (SELECT submission, line, sheet, bool_or(wrong) AS wrong
      FROM (SELECT submission, line, sheet, level = 'error' AS wrong FROM problem
            WHERE submission = ANY(%(submissions)s) AND level IN ('error', 'held')
            UNION ALL
            SELECT submission, line, sheet, false FROM held_row WHERE submission = ANY(%(submissions)s)) owed
      GROUP BY submission, line, sheet) o
WHERE NOT EXISTS (SELECT 1 FROM closure k JOIN submission s ON s.id = k.closed_by
                  WHERE k.submission = o.submission AND k.line = o.line AND NOT /*undone*/)
GROUP BY 1

-- pairs: which department ever handed in which item, up to a day, and when last
SELECT s.provider, s.item_code, max(s.received_on)
FROM submission s
WHERE s.outcome = 'taken' AND s.received_on < %(next)s AND s.item_code <> ALL(%(ledgers)s)
  AND (%(provider)s = '' OR s.provider = %(provider)s) AND NOT /*undone*/
GROUP BY 1, 2

-- ledger: the newest word of each department on each item of a month
SELECT DISTINCT ON (l.provider, l.item_code) l.provider, l.item_code, l.decided
FROM ledger_entry l JOIN publication p ON p.batch = l.born
WHERE l.month = %(first)s AND (%(provider)s = '' OR l.provider = %(provider)s)
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = l.born)
ORDER BY l.provider, l.item_code, p.seq DESC, l.line DESC

-- months: the months in which anything was handed in, newest first
SELECT DISTINCT date_trunc('month', received_on)::date FROM submission WHERE outcome = 'taken' ORDER BY 1 DESC
