"""Seeded generator of a fictitious district; imports nothing of xinyong."""
