"""The benches, one module for each wing."""
