-- registered: authorisations that an institution's people entered from paper, with their state today and their uses
SELECT a.id, a.number::text AS number, a.granted_at, a.granted_by, a.scheme, a.value, a.recipient, a.items, a.purpose,
       a.once, a.begins, a.ends, a.revocable, a.evidence, coalesce(t.provider, '') AS unit, e.at AS ended_at,
       CASE WHEN e.kind = 'used' THEN '已使用' WHEN e.kind = 'revoked' THEN '已撤回' WHEN e.kind = 'expired' THEN '已到期'
            WHEN %(today)s::date < a.begins THEN '未生效' WHEN %(today)s::date > a.ends THEN '已到期' ELSE '有效' END AS state,
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1) AS onward,
       (SELECT count(*) FROM look l WHERE l.authorisation = a.id) AS uses
FROM authorisation a JOIN account t ON t.username = a.granted_by AND t.role <> 'subject'
LEFT JOIN authorisation_end e ON e.authorisation = a.id
WHERE a.evidence <> '' AND t.provider = %(provider)s

-- received: authorisations given to an institution, or that may be passed on to it, with their state today and their uses
SELECT a.id, a.number::text AS number, a.granted_at, a.granted_by, a.scheme, a.value, a.recipient, a.items, a.purpose,
       a.once, a.begins, a.ends, a.revocable, '' AS evidence, '' AS unit, e.at AS ended_at,
       CASE WHEN e.kind = 'used' THEN '已使用' WHEN e.kind = 'revoked' THEN '已撤回' WHEN e.kind = 'expired' THEN '已到期'
            WHEN %(today)s::date < a.begins THEN '未生效' WHEN %(today)s::date > a.ends THEN '已到期' ELSE '有效' END AS state,
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1) AS onward,
       (SELECT count(*) FROM look l WHERE l.authorisation = a.id) AS uses
FROM authorisation a LEFT JOIN authorisation_end e ON e.authorisation = a.id
WHERE a.recipient = %(provider)s OR EXISTS (
    SELECT 1 FROM authorisation_onward o WHERE o.authorisation = a.id AND o.recipient = %(provider)s)

-- every: all authorisations, with their state today and their uses: for who checks how they were made
SELECT a.id, a.number::text AS number, a.granted_at, a.granted_by, a.scheme, a.value, a.recipient, a.items, a.purpose,
       a.once, a.begins, a.ends, a.revocable, a.evidence, '' AS unit, e.at AS ended_at,
       CASE WHEN e.kind = 'used' THEN '已使用' WHEN e.kind = 'revoked' THEN '已撤回' WHEN e.kind = 'expired' THEN '已到期'
            WHEN %(today)s::date < a.begins THEN '未生效' WHEN %(today)s::date > a.ends THEN '已到期' ELSE '有效' END AS state,
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1) AS onward,
       (SELECT count(*) FROM look l WHERE l.authorisation = a.id) AS uses
FROM authorisation a LEFT JOIN authorisation_end e ON e.authorisation = a.id
