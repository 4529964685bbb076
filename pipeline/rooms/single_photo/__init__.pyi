from .mesh import build_single as build_single
from .mesh import single_surface as single_surface
from .room import room_from_best_photo as room_from_best_photo
from .room import room_from_photo as room_from_photo
