-- causes: for a list: each decision, how many received something, how many have not confirmed, how long it took
SELECT k.cause, k.kind, k.decided, count(DISTINCT r.receiver) AS receivers, count(r.id) - count(f.recall) AS waiting,
    CASE WHEN count(r.id) = count(f.recall) THEN max(f.at) END AS last,
    CASE WHEN count(r.id) = count(f.recall) THEN extract(epoch FROM max(f.at) - k.decided) END AS took
FROM recall_cause k JOIN recall r USING (cause) LEFT JOIN recall_confirmation f ON f.recall = r.id
GROUP BY k.cause, k.kind, k.decided

-- recalls: for a list: each recall with its receiver, what became of the last push, and its confirmation
SELECT r.id, r.cause, k.kind, k.decided, r.at, v.id AS receiver, v.provider, v.system, cardinality(r.records) AS records,
    f.at AS confirmed, extract(epoch FROM f.at - k.decided) AS took,
    (SELECT a.outcome FROM recall_attempt a JOIN recall_subscription s ON s.id = a.subscription
     WHERE s.receiver = r.receiver AND r.id BETWEEN a.first AND a.last ORDER BY a.id DESC LIMIT 1) AS pushed
FROM recall r JOIN recall_cause k USING (cause) JOIN recall_receiver v ON v.id = r.receiver
LEFT JOIN recall_confirmation f ON f.recall = r.id

-- one: a recall of an institution's systems and people, with the numbers of its records and the receipts
SELECT t.*, w.records AS numbers, w.reports FROM (/*recalls*/) t JOIN recall w USING (id)
WHERE t.provider = %(provider)s AND t.provider <> '' AND t.id = %(id)s

-- providers: codes of the institutions that ever received something
SELECT DISTINCT provider FROM recall_receiver WHERE provider <> ''
