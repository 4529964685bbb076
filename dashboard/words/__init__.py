"""What people read, in their language: texts from one catalogue, numbers and dates by CLDR (Babel).

The English text is the key; ``ko.po`` beside this file holds the Korean one. Nothing here escapes: htpy does.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
