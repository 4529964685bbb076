"""What the stages of a room hand each other: cameras, point maps, views, errors, rotations."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
