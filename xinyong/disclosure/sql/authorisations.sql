-- give: a new authorisation
INSERT INTO authorisation (number, granted_at, granted_by, origin, scheme, value, recipient, items, purpose, once,
    begins, ends, revocable, evidence)
VALUES (%(number)s, %(at)s, %(by)s, %(origin)s, %(scheme)s, %(value)s, %(recipient)s, %(items)s, %(purpose)s,
    %(once)s, %(begins)s, %(ends)s, %(revocable)s, %(evidence)s)
RETURNING id

-- to_recipient: a recipient's authorisations, or those that may be passed on to it, by any of a subject's keys, single-use ones last, with how they ended
SELECT a.id, a.number, a.scheme, a.value, a.recipient, a.items, a.purpose, a.once, a.begins, a.ends, a.revocable,
       a.granted_at, e.kind, e.at,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1),
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made
FROM authorisation a LEFT JOIN authorisation_end e ON e.authorisation = a.id
WHERE a.value = ANY(%(values)s) AND (a.recipient = %(recipient)s OR EXISTS (
    SELECT 1 FROM authorisation_onward o WHERE o.authorisation = a.id AND o.recipient = %(recipient)s))
ORDER BY a.once, a.id DESC

-- by_number: one authorisation, with how it ended
SELECT a.id, a.number, a.scheme, a.value, a.recipient, a.items, a.purpose, a.once, a.begins, a.ends, a.revocable,
       a.granted_at, e.kind, e.at,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1),
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made
FROM authorisation a LEFT JOIN authorisation_end e ON e.authorisation = a.id
WHERE a.number = %(number)s

-- of_grantor: what a subject has authorised, newest first, with how it ended and how often it was used
SELECT a.id, a.number, a.scheme, a.value, a.recipient, a.items, a.purpose, a.once, a.begins, a.ends, a.revocable,
       a.granted_at, e.kind, e.at,
       ARRAY(SELECT o.recipient FROM authorisation_onward o WHERE o.authorisation = a.id ORDER BY 1),
       CASE WHEN a.evidence <> '' THEN 'paper'
            WHEN EXISTS (SELECT 1 FROM authorisation_signature s WHERE s.authorisation = a.id) THEN 'signature'
            ELSE 'login' END AS made,
       (SELECT count(*) FROM look l WHERE l.authorisation = a.id) AS uses
FROM authorisation a LEFT JOIN authorisation_end e ON e.authorisation = a.id
WHERE a.scheme = %(scheme)s AND a.value = %(value)s
ORDER BY a.id DESC

-- onward: to whom the recipient may pass it on
INSERT INTO authorisation_onward (authorisation, recipient)
SELECT a.id, unnest(%(recipients)s::text[]) FROM authorisation a WHERE a.number = %(number)s

-- ended: how an authorisation ended, if it did
SELECT kind, at FROM authorisation_end WHERE authorisation = %(id)s

-- last_used: when an authorisation was granted or last used
SELECT greatest(a.granted_at, (SELECT max(l.at) FROM look l WHERE l.authorisation = a.id))
FROM authorisation a WHERE a.id = %(id)s

-- end: revoked or used up; a second time is refused by the table
INSERT INTO authorisation_end (authorisation, kind, at, by, reason)
VALUES (%(id)s, %(kind)s, %(at)s, %(by)s, %(reason)s)

-- over: numbers of authorisations past their last day that have not ended otherwise, the first to be over first
SELECT a.number FROM authorisation a
WHERE a.ends < %(before)s AND NOT EXISTS (SELECT 1 FROM authorisation_end e WHERE e.authorisation = a.id)
ORDER BY a.ends, a.id LIMIT %(limit)s
