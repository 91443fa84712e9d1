-- candidates: keys of what a list may show, newest first; /*from*/ and /*and*/ are parts below
SELECT l.record_id, l.decided FROM /*from*/ l
WHERE l.col = %(col)s AND (l.shown_from IS NULL OR l.shown_from <= %(today)s)
  AND (l.shown_until IS NULL OR l.shown_until >= %(today)s) /*and*/
ORDER BY l.decided /*down*/, l.record_id /*down*/ LIMIT %(limit)s

-- authority: part of candidates: decided by one department
AND l.authority = %(authority)s

-- since: part of candidates: decided on a day or later
AND l.decided >= %(since)s

-- until: part of candidates: decided on a day or earlier
AND l.decided <= %(until)s

-- kind: part of candidates: of one class of permit or penalty
AND l.classes @> ARRAY[%(kind)s]::text[]

-- after: part of candidates: what follows a place in the list
AND (l.decided, l.record_id) < (%(decided)s, %(record)s::uuid)

-- before: part of candidates: what precedes it
AND (l.decided, l.record_id) > (%(decided)s, %(record)s::uuid)

-- named: part of candidates: of the subjects found by name or code, or under a document number that begins so
(SELECT * FROM public_listing WHERE col = %(col)s AND subject = ANY(%(subjects)s)
 UNION SELECT * FROM (SELECT * FROM public_listing WHERE col = %(col)s AND document LIKE %(document)s LIMIT 1000) d)

-- numbered: records under one document number, in any column
SELECT record_id, decided FROM public_listing WHERE document = %(document)s
  AND (shown_from IS NULL OR shown_from <= %(today)s) AND (shown_until IS NULL OR shown_until >= %(today)s)
ORDER BY decided DESC, record_id DESC LIMIT %(limit)s

-- state: up to where the listing was brought
SELECT at, day, publication, mark, rules, figures FROM listing_state WHERE id = 1

-- forget_state: before it is written anew
DELETE FROM listing_state WHERE id = 1

-- keep_state: up to where the listing is brought now
INSERT INTO listing_state (id, at, day, publication, mark, rules, figures)
VALUES (1, %(at)s, %(day)s, %(publication)s, %(mark)s, %(rules)s, %(figures)s)

-- touched: listed items' records that publications changed: their own, and those of subjects confirmed, merged or split
WITH since AS MATERIALIZED (SELECT batch, undoes FROM publication WHERE seq > %(since)s AND seq <= %(upto)s),
changed AS MATERIALIZED (
    SELECT v.record_id, v.subject, v.item FROM record_version v JOIN since p ON v.born = p.batch),
subjects AS MATERIALIZED (
    SELECT subject FROM changed WHERE item = ANY(%(registrations)s)
    UNION SELECT f.subject_id FROM subject_confirmation f JOIN since p ON f.born IN (p.batch, p.undoes)
    UNION SELECT unnest(ARRAY[m.loser, m.winner]) FROM subject_merge m JOIN since p ON m.born IN (p.batch, p.undoes))
SELECT record_id FROM changed WHERE item = ANY(%(items)s)
UNION SELECT r.record_id FROM subject_record r JOIN subjects s USING (subject) WHERE r.item = ANY(%(items)s)

-- forget: records about to be listed anew, or gone
DELETE FROM public_listing WHERE record_id = ANY(%(records)s::uuid[])

-- forget_all: before a rebuild
DELETE FROM public_listing

-- forget_ended: what the next day no longer shows, and what was erased
DELETE FROM public_listing l WHERE l.shown_until < %(today)s
   OR EXISTS (SELECT 1 FROM record_version v WHERE v.record_id = l.record_id AND v.seq = l.version AND v.payload IS NULL)

-- every: ids of all records of the listed items
SELECT DISTINCT record_id FROM record_version WHERE item = ANY(%(items)s)

-- months: how many are shown, by column and month of decision
SELECT col, to_char(decided, 'YYYY-MM'), count(*) FROM public_listing
WHERE (shown_from IS NULL OR shown_from <= %(today)s) AND (shown_until IS NULL OR shown_until >= %(today)s)
GROUP BY 1, 2

-- departments: who decided most of what is shown of permits and penalties
SELECT authority, count(*) FROM public_listing
WHERE col IN ('permits', 'penalties') AND (shown_from IS NULL OR shown_from <= %(today)s)
  AND (shown_until IS NULL OR shown_until >= %(today)s)
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s

-- collected: subjects with an archive, and records collected; a submission that was undone does not count
SELECT (SELECT count(*) FROM known_confirmation WHERE known_to IS NULL),
       (SELECT coalesce(sum(s.new), 0) FROM submission s JOIN publication p ON p.batch = s.id
        WHERE NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = s.id))

-- marked: records that were marked, or a mark of which was closed
SELECT DISTINCT record_id FROM record_mark WHERE id > %(since)s

-- resting: records that rest on others: all of them, or where something happened to one they rest on
SELECT DISTINCT m.record_id FROM record_mark m
WHERE m.kind = 'rests_on' AND (%(all)s
   OR EXISTS (SELECT 1 FROM record_version v JOIN publication p ON p.batch = v.born
              WHERE v.record_id = m.value::uuid AND p.seq > %(since)s AND p.seq <= %(upto)s)
   OR EXISTS (SELECT 1 FROM record_mark b WHERE b.record_id = m.value::uuid AND b.id > %(mark)s))

-- live: the newest version of these records as known at a publication, unless it ended the record
SELECT replace(v.record_id::text, '-', ''), v.seq, v.born, v.line, v.item, v.decided, v.valid_from, v.valid_to,
       v.payload, v.publication, b.provider, v.subject, b.received_on
FROM unnest(%(records)s::uuid[]) AS asked (record_id)
CROSS JOIN LATERAL (
    SELECT r.*, p.seq AS publication FROM record_version r
    JOIN publication p ON p.batch = r.born AND p.seq <= %(known_at)s
    WHERE r.record_id = asked.record_id ORDER BY r.seq DESC LIMIT 1) v
JOIN submission b ON b.id = v.born
WHERE v.kind <> 'R' AND v.payload IS NOT NULL
