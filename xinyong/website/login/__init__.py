"""Logging in: passwords, second factors, sessions, and the one-stop login of enterprises."""
