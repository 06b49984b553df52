"""Settings, a file for each concern."""
