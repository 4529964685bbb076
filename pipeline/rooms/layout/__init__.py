"""Pixels to floor, ceiling and walls."""
