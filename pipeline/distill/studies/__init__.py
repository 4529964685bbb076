"""Questions asked of data and recipes, each a command that leaves a small report."""
