"""A storm of faults over a small installation of its own: ``python -m benchmarks.storm``."""
