"""Rules as dated data with a legal basis (files only, no code)."""
