"""The sizes of a stored listing: numbers, words, plans, and what the listing itself claims."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
