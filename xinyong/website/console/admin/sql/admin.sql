-- accounts: all accounts, with whether a second factor is set up and when they were last used
SELECT a.id, a.username, a.display_name, a.role, a.proposed_role, coalesce(nullif(a.provider, ''), a.subject_code) AS body,
    a.email, a.is_active, a.created, a.created_by, a.granted_by, a.last_login, a.claimed_code,
    CASE WHEN a.is_active THEN '在用' WHEN a.role = '' THEN '待授予角色' ELSE '停用' END AS state,
    EXISTS (SELECT 1 FROM mfa_authenticator m WHERE m.user_id = a.id AND m.type <> 'recovery_codes') AS second
FROM account a

-- sessions: sessions in use, by digest of their key
SELECT encode(sha256(convert_to(s.session_key, 'UTF8')), 'hex') AS id, a.username, a.role, s.origin, s.started, s.last_seen,
    s.expire_date, '结束'::text AS "end"
FROM account_session s JOIN account a ON a.id = s.account_id WHERE s.expire_date > now()

-- audit: the audit trail
SELECT id, at, actor, role, origin, action, target, purpose, detail::text AS detail FROM audit_entry

-- looks: who looked at whom; natural persons only as such
SELECT l.id, l.at, l.actor, l.role, l.purpose, l.ground, l.what, l.records, l.as_of,
    CASE WHEN s.scheme = 'person' THEN '自然人' ELSE s.value END AS subject
FROM look l LEFT JOIN credit_subject s ON s.id = l.subject

-- jobs: background jobs
SELECT id, task_name, queue_name, status::text AS status, attempts, scheduled_at,
    (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id) AS last_event,
    CASE status WHEN 'failed' THEN '重做' WHEN 'todo' THEN '取消' ELSE '' END AS act
FROM procrastinate_jobs j

-- claims: subjects' accounts that wait for verification
SELECT id, username, display_name, claimed_code, email, created FROM account WHERE role = 'subject' AND claimed_code <> ''

-- account: one account as the forms show it
SELECT username, display_name, role, proposed_role, provider, subject_code, claimed_code, email, is_active, created_by,
    granted_by FROM account WHERE id = %s

-- job: one job's state, locked
SELECT task_name, status::text FROM procrastinate_jobs WHERE id = %s FOR UPDATE

-- retry_job: put a failed job into the queue again
UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = now() WHERE id = %s AND status = 'failed'

-- cancel_job: take a waiting job out of the queue
UPDATE procrastinate_jobs SET status = 'cancelled' WHERE id = %s AND status = 'todo'
