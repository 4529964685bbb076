"""Sentence encoders of many languages whose weights come in Python packages."""
