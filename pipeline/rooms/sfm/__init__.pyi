from .place import place_cameras as place_cameras
from .prepared import SfmSettings as SfmSettings
