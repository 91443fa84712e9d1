"""/api/v1: what other systems call. Same floors, same rules, same log of looks as the pages."""
