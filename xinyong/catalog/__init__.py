"""Catalogue items, fields, code sets and providers, loaded from the rulebook."""
