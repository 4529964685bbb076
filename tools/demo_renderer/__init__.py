"""A small path tracer: it photographs two rooms that exist nowhere else, and knows their ground truth."""
