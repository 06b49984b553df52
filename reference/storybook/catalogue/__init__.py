"""Fixed lists of the application: achievements and rewards. All names are invented."""
