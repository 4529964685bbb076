from .measure import RoomMeasure as RoomMeasure
from .measuring import measure_room as measure_room
from .posterior import sizes_of as sizes_of
