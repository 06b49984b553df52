"""The REST calls, a file for each resource."""
