-- keep: what each authority has not decided, as counted now
INSERT INTO degrees_waiting (at, waiting) VALUES (%(at)s, %(waiting)s)

-- kept: as counted last
SELECT at, waiting FROM degrees_waiting ORDER BY id DESC LIMIT 1
