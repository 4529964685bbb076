from .closing import closed_surface as closed_surface
from .furnish import furnished as furnished
