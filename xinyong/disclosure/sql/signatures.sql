-- key_add: a subject's public key
INSERT INTO grantor_key (scheme, value, algorithm, public, certificate, fingerprint, named, proof, evidence, at, by, role,
    origin)
VALUES (%(scheme)s, %(value)s, %(algorithm)s, %(public)s, %(certificate)s, %(fingerprint)s, %(named)s, %(proof)s,
    %(evidence)s, %(at)s, %(by)s, %(role)s, %(origin)s)
RETURNING id

-- key_same: who has registered a key before, as this or within another certificate, and whether it was ended
SELECT k.scheme, k.value, k.fingerprint, e.at
FROM grantor_key k LEFT JOIN grantor_key_end e ON e.key = k.id
WHERE k.public = %(public)s

-- keys: a subject's keys, newest first, with how they ended: each itself, or the same public key in another certificate
SELECT k.id, k.scheme, k.value, k.algorithm, k.public, k.certificate, k.fingerprint, k.named, k.proof, k.evidence, k.at,
       k.by, e.at, e.reason, (SELECT count(*) FROM authorisation_signature s WHERE s.key = k.id)
FROM grantor_key k LEFT JOIN LATERAL (
    SELECT x.at, x.reason FROM grantor_key_end x JOIN grantor_key y ON y.id = x.key
    WHERE y.public = k.public ORDER BY x.key <> k.id, x.at LIMIT 1) e ON true
WHERE k.scheme = %(scheme)s AND k.value = %(value)s
ORDER BY k.id DESC

-- key_one: one key, with how it ended, likewise
SELECT k.id, k.scheme, k.value, k.algorithm, k.public, k.certificate, k.fingerprint, k.named, k.proof, k.evidence, k.at,
       k.by, e.at, e.reason, (SELECT count(*) FROM authorisation_signature s WHERE s.key = k.id)
FROM grantor_key k LEFT JOIN LATERAL (
    SELECT x.at, x.reason FROM grantor_key_end x JOIN grantor_key y ON y.id = x.key
    WHERE y.public = k.public ORDER BY x.key <> k.id, x.at LIMIT 1) e ON true
WHERE k.id = %(id)s

-- key_ended: when a key ended, if it did
SELECT at FROM grantor_key_end WHERE key = %(id)s

-- pair_ended: when a key ended, as this or within another certificate
SELECT min(e.at) FROM grantor_key_end e JOIN grantor_key k ON k.id = e.key
WHERE k.public = (SELECT public FROM grantor_key WHERE id = %(id)s)

-- key_end: a key ends; a second time is refused by the table
INSERT INTO grantor_key_end (key, proof, evidence, reason, at, by, role, origin)
VALUES (%(id)s, %(proof)s, %(evidence)s, %(reason)s, %(at)s, %(by)s, %(role)s, %(origin)s)

-- sign: the signature by which an authorisation was given, with the text it is of
INSERT INTO authorisation_signature (authorisation, key, algorithm, signature, text, digest, at)
VALUES (%(authorisation)s, %(key)s, %(algorithm)s, %(signature)s, %(text)s, %(digest)s, %(at)s)

-- signatures: of these authorisations, with their keys
SELECT s.authorisation, s.key, s.algorithm, s.signature, s.text, s.digest, s.at, k.public, k.certificate, k.fingerprint,
       k.named, k.proof, e.at
FROM authorisation_signature s JOIN grantor_key k ON k.id = s.key LEFT JOIN grantor_key_end e ON e.key = k.id
WHERE s.authorisation = ANY(%(ids)s)
