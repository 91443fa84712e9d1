"""Looks challenged, confidentiality holds, requests of natural persons, retention."""
