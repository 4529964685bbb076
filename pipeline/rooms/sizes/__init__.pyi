from .band import Band as Band
from .measure import RoomMeasure as RoomMeasure
from .measure import SeenFrom as SeenFrom
from .measuring import measure_room as measure_room
from .posterior import RoomSize as RoomSize
from .posterior import sizes_of as sizes_of
from .typed import TypedLength as TypedLength
