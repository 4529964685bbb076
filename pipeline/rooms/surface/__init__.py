"""Point maps to a mesh, its texture and its files."""
