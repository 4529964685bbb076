"""A scene: the views of one room that are looked at together. Batches of them are lists over views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from pipeline.distill.data.sampling import view_order
from pipeline.distill.losses import Target

WIDTH_PX, HEIGHT_PX = 256, 192
#: one view of a batch, as the original's loader gives it: img, true_shape, idx, instance
ViewDict = dict[str, Tensor | list[str]]


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of a scene's geometry.

    Attributes:
        points: world points of all pixels, metres.
        world_from_camera: poses, OpenCV axes.
        K: intrinsics in pixels.
        valid: pixels with a point.
        box_depth_m: z-depth of the empty room behind everything that stands in it; zero where not known.
    """

    points: Float[Tensor, "V H W 3"]
    world_from_camera: Float[Tensor, "V 4 4"]
    K: Float[Tensor, "V 3 3"]
    valid: Bool[Tensor, "V H W"]
    box_depth_m: Float[Tensor, "V H W"]

    def ordered(self, order: Sequence[int]) -> "Truth":
        """The views in another order, or some of them."""
        return Truth(**{name: value[list(order)] for name, value in vars(self).items()})

    @property
    def local(self) -> Float[Tensor, "V H W 3"]:
        """Points in the frame of their own camera."""
        return _seen_from(self.points, self.world_from_camera)

    @property
    def in_first(self) -> Float[Tensor, "V H W 3"]:
        """Points in the frame of the first camera."""
        return _seen_from(self.points, self.world_from_camera[:1].expand(len(self.points), 4, 4))


@dataclass(frozen=True, eq=False)
class Scene:
    """Views of one room.

    Attributes:
        key: names it; the same key, the same pictures.
        room: that all views show.
        images: RGB.
        truth: if it is known.
    """

    key: str
    room: str
    images: UInt8[Tensor, "V H W 3"]
    truth: Truth | None = None

    def ordered(self, order: Sequence[int]) -> "Scene":
        """The views in another order, or some of them; the key says which."""
        truth = self.truth.ordered(order) if self.truth is not None else None
        name = "".join(map(str, order)) if len(self.images) <= 10 else "_".join(map(str, order))
        return Scene(f"{self.key}-{name}", self.room, self.images[list(order)], truth)


class Scenes(Protocol):
    """Scenes by number; the same number gives the same scene in every process."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def scene(self, number: int) -> Scene:
        """One of them, its views in their first order."""
        ...


class OrderedScenes(torch.utils.data.Dataset[Scene]):
    """Scenes with one of their seeded orders of views, by (number, order)."""

    def __init__(self, scenes: Scenes, seed: int) -> None:
        self.scenes, self.seed = scenes, seed

    def __getitem__(self, wanted: tuple[int, int]) -> Scene:
        """A scene in one of its orders; any view may be the first, and so the reference."""
        number, order = wanted
        scene = self.scenes.scene(number)
        return scene.ordered(view_order(scene.key, order, len(scene.images), self.seed))


@dataclass(frozen=True, eq=False)
class Batch:
    """Scenes side by side.

    Attributes:
        scenes: where it came from.
        views: for each view the pictures of all scenes in [-1, 1].
    """

    scenes: tuple[Scene, ...]
    views: list[Float[Tensor, "B 3 H W"]]

    def as_dicts(self) -> list[ViewDict]:
        """The original's form: for each view ``img``, ``true_shape``, ``idx`` and ``instance``."""
        rooms = [scene.room for scene in self.scenes]
        return [
            {
                "img": pictures,
                "true_shape": torch.tensor([pictures.shape[2:]] * len(rooms), dtype=torch.int32),
                "idx": torch.full((len(rooms),), number),
                "instance": [f"{scene.key}_{number}" for scene in self.scenes],
            }
            for number, pictures in enumerate(self.views)
        ]

    def truth(self) -> list[Target]:
        """The truth of all views as what maps should be.

        Raises:
            ValueError: a scene has none.
        """
        known = [scene.truth for scene in self.scenes if scene.truth is not None]
        if len(known) != len(self.scenes):
            raise ValueError("the truth of these scenes is not known; a teacher is needed")
        points = torch.stack([truth.in_first for truth in known])
        local = torch.stack([truth.local for truth in known])
        valid = torch.stack([truth.valid for truth in known])
        return [
            Target(points[:, view], local[:, view], None, None, valid[:, view])
            for view in range(len(self.views))
        ]


def collate(scenes: Sequence[Scene]) -> Batch:
    """Scenes as one batch: element b of every view is of scene b, whatever order they were read in.

    Raises:
        ValueError: scenes of other numbers of views or sizes.
    """
    if not scenes or len({scene.images.shape for scene in scenes}) > 1:
        raise ValueError("a batch needs scenes with equally many views of one size")
    pictures = torch.stack([scene.images for scene in scenes]).permute(1, 0, 4, 2, 3)
    return Batch(tuple(scenes), [view.float() / 127.5 - 1 for view in pictures])


def _seen_from(
    points: Float[Tensor, "V H W 3"], world_from_camera: Float[Tensor, "V 4 4"]
) -> Float[Tensor, "V H W 3"]:
    R, t = world_from_camera[:, :3, :3], world_from_camera[:, :3, 3]
    return torch.einsum("vhwi,vij->vhwj", points - t[:, None, None], R)
