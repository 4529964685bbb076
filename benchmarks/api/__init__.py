"""The REST API under fire, and the notebook that uses it."""
