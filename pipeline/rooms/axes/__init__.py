"""Straight lines of photos to the room's axes."""
