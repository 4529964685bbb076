"""Rooms of real listings, for which there is no truth."""
