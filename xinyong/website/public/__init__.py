"""The public site 信用中国（重庆潼南）: what anybody may see, read without logging in and without script."""
