"""Views of what no photo shows."""
