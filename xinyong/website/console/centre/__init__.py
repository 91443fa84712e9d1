"""Pages of the credit centre."""
