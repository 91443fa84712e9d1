-- open: a new draft
INSERT INTO catalog_draft (kind, key, at, by) VALUES (%(kind)s, %(key)s, %(at)s, %(by)s) RETURNING id

-- step: what was done to a draft
INSERT INTO catalog_draft_step (draft, number, kind, at, by, role, note, content, path, digest)
VALUES (%(draft)s, %(number)s, %(kind)s, %(at)s, %(by)s, %(role)s, %(note)s, %(content)s, %(path)s, %(digest)s)

-- drafts: drafts as they stand, newest first
SELECT d.id, d.kind, d.key, d.at, d.by, l.number, l.kind, l.at, l.by, l.note, t.content, t.authors
FROM catalog_draft d
JOIN LATERAL (SELECT number, kind, at, by, note FROM catalog_draft_step s WHERE s.draft = d.id
              ORDER BY number DESC LIMIT 1) l ON true
JOIN LATERAL (SELECT (array_agg(s.content ORDER BY s.number DESC))[1] AS content, array_agg(DISTINCT s.by) AS authors
              FROM catalog_draft_step s WHERE s.draft = d.id AND s.kind = 'saved') t ON true
WHERE (%(id)s::integer IS NULL OR d.id = %(id)s) AND (%(kind)s = '' OR d.kind = %(kind)s)
  AND (%(key)s = '' OR d.key = %(key)s)
ORDER BY d.id DESC LIMIT %(limit)s

-- steps: how a draft went on
SELECT number, kind, at, by, role, note FROM catalog_draft_step WHERE draft = %s ORDER BY number

-- placed: files that were published here, with the digest of what was written last
SELECT DISTINCT ON (path) path, digest FROM catalog_draft_step WHERE kind = 'published' ORDER BY path, at DESC, draft DESC
