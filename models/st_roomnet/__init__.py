"""ST-RoomNet (Ibrahem et al., CVPRW 2023): layout of one photo as the warp of a reference room."""

from models.st_roomnet.model import LABELS, SIDE_PX, LayoutMap, STRoomNet, STRoomNetConfig

__all__ = ["LABELS", "SIDE_PX", "LayoutMap", "STRoomNet", "STRoomNetConfig"]
