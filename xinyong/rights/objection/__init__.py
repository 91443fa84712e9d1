"""异议: from doubt to an answer with reasons."""
