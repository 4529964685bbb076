"""Room layout of single photos by ST-RoomNet, with how sure it is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from pipeline.rooms.scene import LearnedModelFailed

if TYPE_CHECKING:
    from models.st_roomnet import STRoomNet

#: side of the network's input, px; by definition of its published weights
_SIDE_PX = 400
#: classes of a mirrored photo, none; by definition: left and right wall change places
_MIRRORED = np.array([0, 1, 3, 2, 4, 5], np.uint8)


@dataclass(frozen=True)
class PhotoLayout:
    """Which part of the room each pixel of a photo shows.

    Attributes:
        classes: 1 front wall, 2 left wall, 3 right wall, 4 floor, 5 ceiling; at the size of the photo.
        sureness: agreement with the layout of the mirrored photo, 0 to 1. Networks of this kind take every
            room for one box: below about 0.8 the layout should not be relied on.
        homography: photo to reference room, both on [-1, 1] x [-1, 1] (x right, y down).
    """

    classes: UInt8[np.ndarray, "H W"]
    sureness: float
    homography: Float[np.ndarray, "3 3"]


def load_layout_model() -> "STRoomNet":
    """ST-RoomNet with the weights that are in place.

    Raises:
        LearnedModelFailed: there are none, or they cannot be used.
    """
    from models.checkpoints import WeightsError
    from models.st_roomnet import STRoomNet
    from models.weights import weights_named

    weights = weights_named("ST-RoomNet")
    if not weights.present():
        raise LearnedModelFailed(f"The weights of ST-RoomNet are not in {weights.place()}.", weights.how)
    try:
        return STRoomNet.from_pretrained(weights.place())
    except WeightsError as error:
        raise LearnedModelFailed(error.message, error.advice) from error


def estimate_layout(model: "STRoomNet", image: UInt8[np.ndarray, "H W 3"]) -> PhotoLayout:
    """Layout of one photo."""
    import torch

    size = (_SIDE_PX, _SIDE_PX)
    small = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
    both = torch.from_numpy(np.stack([small, small[:, ::-1]])).permute(0, 3, 1, 2).float()
    device = next(model.parameters()).device
    with torch.inference_mode():
        found = model(both.to(device))
    layout, mirrored = found.layout.cpu().numpy().astype(np.uint8)
    agreement = float((layout == _MIRRORED[mirrored[:, ::-1]]).mean())
    height, width = image.shape[:2]
    classes = np.asarray(Image.fromarray(layout).resize((width, height), Image.Resampling.NEAREST))
    homography = np.append(found.theta[0].cpu().numpy().astype(np.float64), 1.0).reshape(3, 3)
    return PhotoLayout(classes, agreement, homography)
