"""What surfaces look like: colour, grain, weave."""
