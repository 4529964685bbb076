"""PyTorch modules and their weights; no data loading, no user interface."""
