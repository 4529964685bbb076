"""The planes that close a room."""
