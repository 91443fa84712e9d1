"""The public site: server-rendered pages that need no script."""
