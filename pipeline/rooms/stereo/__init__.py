"""Photos with cameras to measured depth."""
