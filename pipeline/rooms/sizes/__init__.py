"""How large a room is and how sure that is, through which lenses it was seen, and what its plan looks like."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
