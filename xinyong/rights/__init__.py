"""权益: repair, objection, recall, notices, and what persons may ask of their own data."""
