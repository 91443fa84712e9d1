"""Intake: a department file becomes records, or goes back with reasons."""
