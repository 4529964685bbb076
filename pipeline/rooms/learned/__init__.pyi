from .backend import learned_point_maps as learned_point_maps
from .maps import FAST3R_LICENCE_NOTE as FAST3R_LICENCE_NOTE
from .maps import LearnedSettings as LearnedSettings
