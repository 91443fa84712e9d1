"""Credit subjects and their bitemporal records."""
