-- issue: a month's report as it was sent out
INSERT INTO monthly_issue (month, at, by, note, pdf, xlsx, cards, pdf_sha256, xlsx_sha256)
VALUES (%(month)s, %(at)s, %(by)s, %(note)s, %(pdf)s, %(xlsx)s, %(cards)s, %(pdf_sha256)s, %(xlsx_sha256)s) RETURNING id

-- issued: reports that were sent out
SELECT i.id, i.month, i.at, i.by, i.note, i.pdf_sha256, i.xlsx_sha256,
       rank() OVER (PARTITION BY i.month ORDER BY i.id) AS nth
FROM monthly_issue i

-- file: what was sent out, as a file
SELECT month, CASE WHEN %(kind)s::text = 'pdf' THEN pdf ELSE xlsx END FROM monthly_issue WHERE id = %(id)s

-- cards: the card of one department in each report that was sent out, newest first
SELECT i.id, i.month, i.at, i.by, i.cards -> %(provider)s::text AS card FROM monthly_issue i
WHERE i.cards ? %(provider)s::text ORDER BY i.month DESC, i.id DESC LIMIT 120
