"""信用修复: from application to effects."""
