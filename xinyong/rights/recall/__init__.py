"""Who received what, and telling them that it ended."""
