"""What benchmarks measured, kept by commit: one schema for all of them, one page, one comparison."""
