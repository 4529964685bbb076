from .look_alikes import LOOKS_ALIKE as LOOKS_ALIKE
from .place import SfmSettings as SfmSettings
from .place import place_cameras as place_cameras
