"""The learned backend: a diffusion model paints a crop around the hole at its native resolution."""

from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from models.checkpoints import WeightsError
from models.inpainting import DeviceOutOfMemory, DiffusionSettings, InpaintingPipeline
from pipeline.machine import torch_device
from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, InpaintingError

#: context around the hole, share of its side; set by hand: weights are not shipped, nothing
#: can be measured without them
_CONTEXT: Final = 0.35
#: and at least, px; set by hand: weights are not shipped, nothing can be measured without them
_LEAST_CONTEXT_PX: Final = 32
#: what is painted over where nothing is known, level of grey; by definition: the middle
_MIDDLE_GREY: Final = 127
#: where painting begins and how much of the bar of progress it takes, shares; set by hand for the bar
#: of progress
_PAINTING: Final = (0.1, 0.85)


class DiffusionInpainter:
    """Inpaints with a diffusers pipeline; loaded at the first hole."""

    name = "diffusion"
    queue = "gpu"

    def __init__(self, source: str | Path, settings: DiffusionSettings | None = None) -> None:
        self.source = str(source)
        self.settings = settings or DiffusionSettings()
        self._pipeline: InpaintingPipeline | None = None

    @property
    def version(self) -> str:
        """Changes with the weights and the settings."""
        from models.checkpoints import fingerprint

        return f"1-{self.source}-{fingerprint(Path(self.source))}-{self.settings}"

    def fill(self, hole: Hole, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """Paint the hole.

        Raises:
            InpaintingError: weights that cannot be used, a package that is missing, or too little memory.
        """
        progress(0.0, "loading the inpainting model")
        try:
            self._pipeline = self._pipeline or InpaintingPipeline.from_pretrained(self.source, torch_device())
            return self._painted(self._pipeline, hole, progress)
        except WeightsError as error:
            raise InpaintingError(error.message, error.advice) from error
        except ImportError as error:
            raise InpaintingError(
                f"{error.name or 'diffusers'} is not installed.", "Install the requirements of the project."
            ) from error
        except DeviceOutOfMemory as error:
            self._pipeline = None
            raise InpaintingError(
                f"{error}.", "Use a smaller picture or model, or a device with more memory."
            ) from error

    def _painted(
        self, pipeline: InpaintingPipeline, hole: Hole, progress: Progress
    ) -> UInt8[np.ndarray, "H W 3"]:
        rows, columns = crop_around(hole.mask, pipeline.native_px)
        image, mask = hole.image[rows, columns].copy(), hole.mask[rows, columns]
        image[mask] = np.median(image[~mask], axis=0) if (~mask).any() else _MIDDLE_GREY
        size = _model_size(mask.shape, pipeline.native_px, pipeline.multiple_px)
        small = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))
        small_mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))

        def on_step(fraction: float) -> None:
            progress(_PAINTING[0] + _PAINTING[1] * fraction, "painting what no photo shows")

        painted = pipeline.paint(small, small_mask, self.settings, hole.seed, on_step)
        back = Image.fromarray(painted).resize((mask.shape[1], mask.shape[0]), Image.Resampling.LANCZOS)
        result = hole.image.copy()
        result[rows, columns] = np.asarray(back)
        return result


def crop_around(mask: Bool[np.ndarray, "H W"], native_px: int) -> tuple[slice, slice]:
    """Rows and columns of the hole with context, at least ``native_px`` a side where there are as many."""
    found = []
    for axis, size in ((1, mask.shape[0]), (0, mask.shape[1])):
        hit = np.flatnonzero(mask.any(axis=axis))
        low, high = int(hit[0]), int(hit[-1]) + 1
        context = max(_LEAST_CONTEXT_PX, round(_CONTEXT * (high - low)))
        length = min(size, max(high - low + 2 * context, native_px))
        start = int(np.clip((low + high - length) // 2, 0, size - length))
        found.append(slice(start, start + length))
    return found[0], found[1]


def _model_size(shape: tuple[int, ...], native_px: int, multiple_px: int) -> tuple[int, int]:
    """Width and height for the model: about its native area, the crop's proportions, allowed multiples."""
    height, width = shape
    zoom = native_px / float(np.sqrt(height * width))
    return (
        max(1, round(width * zoom / multiple_px)) * multiple_px,
        max(1, round(height * zoom / multiple_px)) * multiple_px,
    )
