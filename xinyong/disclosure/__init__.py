"""The one place through which records are read: who, why, what, logged."""
