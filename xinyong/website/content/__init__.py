"""Editorial content: articles, courses and guides, each published by 三审三校."""
