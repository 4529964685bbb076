"""A listing in one ZIP, to be kept, read later, or handed to somebody else (docs/listing_zip.md)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
