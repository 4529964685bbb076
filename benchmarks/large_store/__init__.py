"""Every page over a store of 500 listings: ``python -m benchmarks.large_store``."""
