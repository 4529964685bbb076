"""Loose photos to rooms."""
