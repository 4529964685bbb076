from .dense import DenseSettings as DenseSettings
from .dense import dense_point_maps as dense_point_maps
