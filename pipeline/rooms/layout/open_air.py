"""Whether a photo shows the open air: sky above, greenery all over.

Sky as a blue, smooth region that reaches the upper border (Luo and Etz 2002, reduced to its colour and
smoothness); greenery as an excess of green over red and blue (Woebbecke et al. 1995).
"""

from typing import Final

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from scipy import ndimage

#: longer side at which the photo is looked at, px; set by hand, effect not measured
_SIZE_PX: Final = 160
#: blue above red from which on a pixel may be sky, levels of 255; set by hand, effect not measured
_BLUER = 15.0
#: least blue of sky, levels of 255; set by hand, effect not measured
_BRIGHT = 90.0
#: most change of brightness from pixel to pixel within sky, levels of 255; set by hand, effect not measured
_SMOOTH = 12.0
#: green above red and above blue from which on a pixel is greenery, levels of 255; set by hand, effect not
#: measured
_GREENER: Final = 10.0


def open_air_share(image: UInt8[np.ndarray, "H W 3"]) -> float:
    """Share of a photo that is sky or greenery; a blue wall or a large plant counts as well."""
    small = Image.fromarray(image)
    small.thumbnail((_SIZE_PX, _SIZE_PX))
    red, green, blue = np.moveaxis(np.asarray(small, dtype=np.float32), -1, 0)
    grey = (red + green + blue) / 3
    smooth = ndimage.gaussian_gradient_magnitude(grey, 1.0) < _SMOOTH
    blueish = smooth & (blue - red > _BLUER) & (blue >= green) & (blue > _BRIGHT)
    parts, _ = ndimage.label(blueish)
    sky = np.isin(parts, np.unique(parts[0][parts[0] > 0]))
    greenery = (green - red > _GREENER) & (green - blue > _GREENER)
    return float((sky | greenery).mean())
