from .choose import choose_inpainter as choose_inpainter
from .choose import inpaint as inpaint
from .hole import Hole as Hole
from .hole import Inpainter as Inpainter
from .hole import InpaintingError as InpaintingError
from .hole import PlaneLabels as PlaneLabels
