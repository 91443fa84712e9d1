"""Settings, database, roles, audit trail, keys, jobs."""
