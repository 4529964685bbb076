"""What programs are told and what they may ask: one set of shapes for the command line, the API and agents."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
