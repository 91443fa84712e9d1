-- challenges: numbers of challenges that nobody has answered, the next due first
SELECT k.number::text FROM look_challenge k
WHERE NOT EXISTS (SELECT 1 FROM look_challenge_step a WHERE a.challenge = k.id AND a.kind = 'answered')
ORDER BY k.due, k.id

-- requests: numbers of persons' requests that nobody has answered, the next due first
SELECT r.number::text FROM person_request r
WHERE NOT EXISTS (SELECT 1 FROM person_request_step s
                  WHERE s.request = r.id AND s.kind IN ('handed', 'granted', 'refused', 'done'))
ORDER BY r.due, r.id
