-- add: a token for a system
INSERT INTO api_token (system, role, provider, scopes, hash, sealed, certificate, per_minute, created, created_by, expires)
VALUES (%(system)s, %(role)s, %(provider)s, %(scopes)s, %(hash)s, %(sealed)s, %(certificate)s, %(per_minute)s,
        %(at)s, %(by)s, %(expires)s) RETURNING id

-- by_hash: the token whose secret has this hash
SELECT t.id, t.system, t.role, t.provider, t.scopes, t.sealed, t.certificate, t.per_minute, t.expires, e.at,
       EXISTS (SELECT 1 FROM api_token_request q WHERE q.token = t.id)
       AND NOT EXISTS (SELECT 1 FROM api_token_approval a WHERE a.token = t.id)
FROM api_token t LEFT JOIN api_token_end e ON e.token = t.id WHERE t.hash = %s

-- by_id: the token of this number
SELECT t.id, t.system, t.role, t.provider, t.scopes, t.sealed, t.certificate, t.per_minute, t.expires, e.at,
       EXISTS (SELECT 1 FROM api_token_request q WHERE q.token = t.id)
       AND NOT EXISTS (SELECT 1 FROM api_token_approval a WHERE a.token = t.id)
FROM api_token t LEFT JOIN api_token_end e ON e.token = t.id WHERE t.id = %s

-- list: all tokens, without what they hold
SELECT t.id, t.system, t.role, t.provider, t.scopes, t.sealed <> '' AS signs, t.certificate <> '' AS certificate,
       t.per_minute, t.created, t.created_by, t.expires, e.at AS ended, e.reason,
       q.token IS NOT NULL AND a.token IS NULL AS waits, q.reason AS wanted_for, a.at AS approved, a.by AS approved_by,
       (SELECT max(u.hour) FROM api_token_use u WHERE u.token = t.id) AS last_used
FROM api_token t LEFT JOIN api_token_end e ON e.token = t.id
LEFT JOIN api_token_request q ON q.token = t.id LEFT JOIN api_token_approval a ON a.token = t.id
ORDER BY t.id DESC

-- revoke: end a token
INSERT INTO api_token_end (token, at, by, reason) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING

-- spend: a nonce counts once
INSERT INTO api_nonce (token, nonce, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING

-- reserve: this request's key is taken; whoever comes second waits for the first to end
INSERT INTO api_answer (token, key, request, at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING

-- answered: what the first request with this key was, and what it was told
SELECT request, status, body FROM api_answer WHERE token = %s AND key = %s

-- answer: what it was told
UPDATE api_answer SET status = %s, body = %s WHERE token = %s AND key = %s

-- forget_answer: it failed for a reason of ours, so that it may be tried again
DELETE FROM api_answer WHERE token = %s AND key = %s

-- prune_nonces: a request that old is refused for its age
DELETE FROM api_nonce WHERE at < %s

-- prune_answers: keys are remembered for a day
DELETE FROM api_answer WHERE at < %s

-- request: a token that waits for a second person
INSERT INTO api_token_request (token, at, by, reason) VALUES (%s, %s, %s, %s)

-- approve: the second person lets it work
INSERT INTO api_token_approval (token, at, by, note) VALUES (%s, %s, %s, %s)

-- use: a token was used in this hour
INSERT INTO api_token_use (token, hour) VALUES (%s, %s) ON CONFLICT DO NOTHING
