"""信用主体中心: what a subject sees of itself, who looked, and whom it lets look."""
