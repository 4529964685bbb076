from .backends import layout_backend as layout_backend
from .geometric import estimate_geometric as estimate_geometric
from .layout import Layout as Layout
from .layout import LayoutBox as LayoutBox
from .layout import NoLayout as NoLayout
from .room_layouts import RoomLayouts as RoomLayouts
from .room_layouts import find_layouts as find_layouts
