from .borders import look_round as look_round
from .borders import without_borders as without_borders
from .lens import Lens as Lens
from .lenses import Lenses as Lenses
from .lenses import find_lenses as find_lenses
from .room_photo import RoomPhoto as RoomPhoto
from .room_photo import load_rgb as load_rgb
from .room_photo import working_size as working_size
