from .eye import PIXELS as PIXELS
from .eye import EyePrior as EyePrior
from .eye import own_eye as own_eye
from .prior import Measured as Measured
from .prior import Prior as Prior
from .prior import PriorModel as PriorModel
