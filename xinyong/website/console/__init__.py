"""The console: pages for those who work with the platform."""
