"""Making up the data that a run needs, the same for the same seed."""
