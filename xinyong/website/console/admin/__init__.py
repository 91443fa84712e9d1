"""Pages of the three separated administrators."""
