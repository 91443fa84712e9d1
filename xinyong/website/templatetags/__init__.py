"""Filters that pages need."""
