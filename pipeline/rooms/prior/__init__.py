"""What a photo's geometry is likely to be before anything is measured: the prior's contract, and the eye's."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
