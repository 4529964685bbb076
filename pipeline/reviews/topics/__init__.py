"""Embedded sentences to named topics."""
