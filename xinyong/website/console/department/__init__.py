"""The department console: hand in, mend, decide, correct, withdraw, review."""
