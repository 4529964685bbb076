"""Filling what a picture does not show: one interface, three backends (planar, diffusion, opencv)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
