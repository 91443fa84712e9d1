-- add: a notice as it was written
INSERT INTO notice (at, template, version, kind, value, title, body, page, about)
VALUES (%(at)s, %(template)s, %(version)s, %(kind)s, %(value)s, %(title)s, %(body)s, %(page)s, %(about)s) RETURNING id

-- told: whether somebody was told of this before
SELECT 1 FROM notice WHERE about = %(about)s AND kind = %(kind)s AND value = %(value)s AND template = %(template)s LIMIT 1

-- accounts: active ones of those a notice is for, with what is needed to reach them
SELECT username, subject_code, email FROM account WHERE is_active AND (
    (%(kind)s = 'subject' AND role = 'subject' AND subject_code <> '' AND (%(code)s = '' OR subject_code = %(code)s))
    OR (%(kind)s = 'provider' AND role <> 'subject' AND provider = %(code)s)
    OR (%(kind)s = 'role' AND role = %(code)s)) ORDER BY username

-- contacts: the numbers for SMS of these accounts, sealed
SELECT DISTINCT ON (account) account, address FROM notice_contact
WHERE account = ANY(%(accounts)s) AND channel = 'sms' ORDER BY account, id DESC

-- sending: a reminder to one account by one channel
INSERT INTO notice_sending (notice, channel, account, at) VALUES (%(notice)s, %(channel)s, %(account)s, %(at)s)
ON CONFLICT (notice, channel, account) DO NOTHING RETURNING id

-- queue: to be sent at once
INSERT INTO notice_due (sending, attempts, next_at) VALUES (%(sending)s, 0, '-infinity')

-- claim: reminders that are due; lost by a crash they are due again after the lease
UPDATE notice_due d SET next_at = %(now)s + interval '10 minutes'
FROM notice_sending s
WHERE s.id = d.sending AND d.sending IN (
    SELECT sending FROM notice_due WHERE next_at <= %(now)s ORDER BY sending LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING d.sending, s.channel, s.account, d.attempts

-- email: the address of an account as it is now; none of one that was closed
SELECT email FROM account WHERE username = %(account)s AND is_active

-- sms: the number of an account as it is now, sealed
SELECT n.address FROM notice_contact n JOIN account a ON a.username = n.account AND a.is_active
WHERE n.account = %(account)s AND n.channel = 'sms' ORDER BY n.id DESC LIMIT 1

-- result: what came of an attempt
INSERT INTO notice_result (sending, at, outcome, reason, version)
VALUES (%(sending)s, %(at)s, %(outcome)s, %(reason)s, %(version)s)

-- settled: nothing more to be done
DELETE FROM notice_due WHERE sending = %(sending)s

-- later: tried again
UPDATE notice_due SET attempts = attempts + 1, next_at = %(next)s WHERE sending = %(sending)s

-- inbox: of one who is told as a subject, a provider or a role, newest first
SELECT n.id, n.at, n.template, n.version, n.title, n.body, n.page, r.at AS read_at FROM notice n
LEFT JOIN notice_read r ON r.notice = n.id AND r.account = %(account)s
WHERE (n.kind, n.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))
ORDER BY n.id DESC LIMIT %(limit)s OFFSET %(skip)s

-- one: a notice, if it is for this one
SELECT n.id, n.at, n.template, n.version, n.title, n.body, n.page, r.at AS read_at FROM notice n
LEFT JOIN notice_read r ON r.notice = n.id AND r.account = %(account)s
WHERE n.id = %(id)s AND (n.kind, n.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))

-- count: how many there are
SELECT count(*) FROM (SELECT 1 FROM notice n
WHERE (n.kind, n.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[])) LIMIT 10000) a

-- unread: how many were not opened
SELECT count(*) FROM (SELECT 1 FROM notice n
WHERE (n.kind, n.value) IN (SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[]))
  AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice = n.id AND r.account = %(account)s) LIMIT 1000) u

-- read: opened for the first time
INSERT INTO notice_read (notice, account, at) VALUES (%(id)s, %(account)s, %(at)s) ON CONFLICT (notice, account) DO NOTHING

-- sent: by which channels a notice went to an account, with the last thing that came of each
SELECT s.channel, (SELECT r.outcome FROM notice_result r WHERE r.sending = s.id ORDER BY r.id DESC LIMIT 1),
       (SELECT r.at FROM notice_result r WHERE r.sending = s.id ORDER BY r.id DESC LIMIT 1)
FROM notice_sending s WHERE s.notice = %(id)s AND s.account = %(account)s ORDER BY s.channel

-- contact: a number for SMS, or none any more
INSERT INTO notice_contact (account, at, channel, address) VALUES (%(account)s, %(at)s, 'sms', %(address)s)

-- forget: numbers that another has replaced, of one account or of all
UPDATE notice_contact o SET address = '' WHERE o.address <> ''
  AND (%(account)s::text IS NULL OR o.account = %(account)s::text)
  AND EXISTS (SELECT 1 FROM notice_contact n WHERE n.account = o.account AND n.channel = o.channel AND n.id > o.id)

-- arrived: adverse records of these subjects that a batch brought
SELECT subject, array_agg(record_id) FROM record_version
WHERE born = %(born)s AND kind = 'N' AND item = ANY(%(items)s) AND subject = ANY(%(subjects)s) GROUP BY 1 ORDER BY 1

-- subjects: numbers of the subjects with these codes
SELECT id, value FROM credit_subject WHERE value = ANY(%(values)s)
