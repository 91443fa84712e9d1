-- done: keys that an institution's people registered and ended on paper
SELECT done.* FROM (
    SELECT 2 * k.id AS id, '登记' AS what, k.at, k.by, k.scheme, k.value, k.algorithm, k.fingerprint, k.evidence,
           '' AS reason
    FROM grantor_key k WHERE k.proof = 'paper'
    UNION ALL
    SELECT 2 * e.id + 1, '停用', e.at, e.by, k.scheme, k.value, k.algorithm, k.fingerprint, e.evidence, e.reason
    FROM grantor_key_end e JOIN grantor_key k ON k.id = e.key WHERE e.proof = 'paper'
) done JOIN account t ON t.username = done.by AND t.role <> 'subject' AND t.provider = %(provider)s
