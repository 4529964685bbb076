"""Escaped HTML and charts from plain values."""
