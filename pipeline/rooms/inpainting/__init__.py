"""Filling what a picture does not show: one interface, three backends (planar, diffusion, opencv)."""
