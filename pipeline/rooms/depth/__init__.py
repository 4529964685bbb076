"""Measured depth to a depth, and its probability, for every pixel."""
