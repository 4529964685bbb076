from .place import SfmSettings as SfmSettings
from .place import place_cameras as place_cameras
