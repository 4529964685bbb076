"""Sentences to aspects and feelings."""
