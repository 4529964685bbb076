from .evidence import LensView as LensView
from .zooms import zooms as zooms
