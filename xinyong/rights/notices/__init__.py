"""Notices to subjects and staff: inbox, e-mail, SMS; dated templates, 送达."""
