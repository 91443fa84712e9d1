"""Reminders of what a day, not an event, asks of somebody: told once for each record, in one notice for many."""
