"""Ways from a photo to its layout, by name: ``geometric`` needs no weights, ``st_roomnet`` needs its own."""

from typing import Protocol

import numpy as np
from jaxtyping import UInt8

from pipeline.progress import Progress
from pipeline.rooms.layout.layout import Layout, NoLayout

#: least agreement with the layout of the mirrored photo, share; networks of this kind take every room for one
#: box; weights are not shipped, nothing can be measured without them
_LEAST_AGREEMENT = 0.5


class LayoutBackend(Protocol):
    """What the recipe knows of a backend."""

    @property
    def name(self) -> str:
        """Under which it is chosen and reported."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the results change (part of every stage key)."""
        ...

    def estimate(
        self, image: UInt8[np.ndarray, "H W 3"], focal_px: float | None, progress: Progress
    ) -> Layout | NoLayout:
        """Layout of one upright photo."""
        ...


class Geometric:
    """Vanishing points, boundaries and colours; no weights."""

    name = "geometric"
    version = "4"

    def estimate(
        self, image: UInt8[np.ndarray, "H W 3"], focal_px: float | None, progress: Progress
    ) -> Layout | NoLayout:
        """See :func:`pipeline.rooms.layout.geometric.estimate_geometric`."""
        from pipeline.rooms.layout.geometric import estimate_geometric

        return estimate_geometric(image, focal_px, progress)


class StRoomNet:
    """ST-RoomNet with its published weights."""

    name = "st_roomnet"
    version = "1"

    def estimate(
        self, image: UInt8[np.ndarray, "H W 3"], focal_px: float | None, progress: Progress
    ) -> Layout | NoLayout:
        """Class map and homography; no box, whatever the focal length.

        Raises:
            LearnedModelFailed: the weights are missing or cannot be used.
        """
        from pipeline.rooms.layout.st_roomnet import estimate_layout, load_layout_model

        progress(0.0, "layout: loading ST-RoomNet")
        found = estimate_layout(load_layout_model(), image)
        progress(1.0, "layout")
        why = f"the layout of the mirrored photo agrees on {found.sureness:.0%} of the picture"
        layout = Layout(found.classes, found.sureness, found.homography, None, self.name, why)
        if found.sureness < _LEAST_AGREEMENT:
            return NoLayout(f"ST-RoomNet contradicts itself: {why}.", self.name, layout)
        return layout


BACKENDS: dict[str, type[Geometric] | type[StRoomNet]] = {"geometric": Geometric, "st_roomnet": StRoomNet}


def layout_backend(name: str = "auto") -> tuple[LayoutBackend, str]:
    """The backend to use and the reason in plain words.

    Args:
        name: one of :data:`BACKENDS`, or ``auto``: ST-RoomNet where its weights are in place.

    Raises:
        ValueError: no backend has this name.
    """
    if name in BACKENDS:
        return BACKENDS[name](), f"{name} was asked for"
    if name != "auto":
        raise ValueError(f"unknown layout backend {name!r}; choose one of: auto, {', '.join(BACKENDS)}")
    from models.weights import weights_named

    if weights_named("ST-RoomNet").present():
        return StRoomNet(), "the weights of ST-RoomNet are in place"
    return Geometric(), "there are no weights of ST-RoomNet: lines and colours decide"
