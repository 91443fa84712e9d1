"""Benches: ours and the usual way in one run, as ratios. Nothing here ships."""
