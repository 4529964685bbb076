from .build import build as build
from .surface import Surface as Surface
from .surface import SurfaceSettings as SurfaceSettings
from .surface import reconstruct_surface as reconstruct_surface
from .texture import TexturedSurface as TexturedSurface
from .texture import texture_surface as texture_surface
