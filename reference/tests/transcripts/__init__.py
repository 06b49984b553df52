"""Replaying recorded exchanges of the real application."""
