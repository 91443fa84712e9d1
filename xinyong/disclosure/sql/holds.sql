-- held: part of others: look k is kept from its subjects (%(subjects)s) by a hold that stands on %(today)s
EXISTS (SELECT 1 FROM look_hold h
        JOIN look_hold_step a ON a.hold = h.id AND a.kind = 'approved' AND a.at <= k.at
        WHERE h.subject = ANY(%(subjects)s::bigint[]) AND k.ground = '履行法定职责'
          AND (k.at AT TIME ZONE 'Asia/Shanghai')::date <= h.ends
          AND h.ends >= coalesce(%(today)s::date, (now() AT TIME ZONE 'Asia/Shanghai')::date)
          AND NOT EXISTS (SELECT 1 FROM look_hold_step e WHERE e.hold = h.id AND e.kind = 'lifted')
          AND CASE WHEN k.provider IS NOT NULL THEN k.provider = h.organ
              ELSE EXISTS (SELECT 1 FROM account u WHERE u.username = k.actor AND coalesce(/*given k*/, u.provider) = h.organ)
                   OR EXISTS (SELECT 1 FROM api_token x WHERE /*by_token k*/ AND x.provider = h.organ) END)

-- by_token: part of others: look k was made under the name of token x, ended or not; systems of several units may bear one name
starts_with(k.actor, '系统:') AND x.system = substr(k.actor, 4) AND x.role = k.role

-- given: part of others: for which unit the account that made look k had its role then, by the trail; NULL: no telling
(SELECT coalesce(g.detail->>'provider', g.detail->>'code') FROM audit_entry g
 WHERE g.action IN ('account.create', 'role.grant') AND g.target = k.actor AND g.at <= k.at ORDER BY g.id DESC LIMIT 1)

-- ask: a hold is asked for
INSERT INTO look_hold (number, at, subject, organ, organ_name, document, instrument, article, reason, begins, ends,
    actor, role)
VALUES (%(number)s, %(at)s, %(subject)s, %(organ)s, %(organ_name)s, %(document)s, %(instrument)s, %(article)s,
    %(reason)s, %(begins)s, %(ends)s, %(actor)s, %(role)s)

-- step: approved, refused or lifted; each at most once
INSERT INTO look_hold_step (hold, kind, at, actor, role, reason)
VALUES (%(hold)s, %(kind)s, %(at)s, %(actor)s, %(role)s, %(reason)s)

-- holds: holds with what became of them, newest first
SELECT h.id, h.number, h.at, h.subject, s.public_id::text, h.organ, h.organ_name, h.document, h.instrument, h.article,
       h.reason, h.begins, h.ends, h.actor, a.at, a.actor, r.at, l.at, coalesce(l.reason, r.reason, a.reason, '')
FROM look_hold h
JOIN credit_subject s ON s.id = h.subject
LEFT JOIN look_hold_step a ON a.hold = h.id AND a.kind = 'approved'
LEFT JOIN look_hold_step r ON r.hold = h.id AND r.kind = 'refused'
LEFT JOIN look_hold_step l ON l.hold = h.id AND l.kind = 'lifted'
WHERE (%(number)s::uuid IS NULL OR h.number = %(number)s::uuid)
  AND (%(subjects)s::bigint[] IS NULL OR h.subject = ANY(%(subjects)s::bigint[]))
ORDER BY h.id DESC LIMIT %(limit)s
