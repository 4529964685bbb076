"""Photos to cameras, or why not."""
