"""Reviews of a whole city, in chunks, on one machine or several."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
