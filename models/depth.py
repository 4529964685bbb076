"""Any monocular depth model that transformers knows, as one function from a photo to a map.

The model's own settings say what its numbers mean: metres, or the inverse of depth up to scale and shift.
Only safetensors are read, and no code that comes with a model is run.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMismatch, WeightsMissing, safetensors_shapes

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float32, UInt8
    from torch import Tensor
    from transformers import BatchFeature

Kind = Literal["metric", "inverse"]
#: architectures whose settings do not say it and that give the inverse of depth (MiDaS 3.0)
_INVERSE = ("dpt",)


@dataclass(frozen=True, eq=False)
class DepthNetwork:
    """A loaded model with what prepares its photos.

    Attributes:
        kind: ``metric`` gives z-depth in metres, ``inverse`` its inverse up to scale and shift.
        model, processor: as transformers has them.
    """

    kind: Kind
    model: Any
    processor: Any

    @classmethod
    def from_pretrained(cls, folder: Path, device: str = "cpu") -> DepthNetwork:
        """Read ``config.json``, ``preprocessor_config.json`` and the safetensors of a folder.

        Raises:
            WeightsMissing: a file is not there.
            WeightsMismatch: a model of another kind, or tensors that do not fit.
            WeightsDamaged: a file that cannot be read.
        """
        from transformers import AutoModelForDepthEstimation
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]

        _check_files(folder)
        for weights in folder.glob("*.safetensors"):
            safetensors_shapes(weights)
        config = _config(folder)
        try:
            processor = _processor(folder, config)
            model, told = AutoModelForDepthEstimation.from_pretrained(
                folder,
                config=config,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise _explained(folder, error) from error
        _check_tensors(folder, told)
        return cls(depth_kind(config), model.to(device).float().eval(), processor)

    def __call__(self, image: UInt8[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W"]:
        """What the model says of every pixel, see :attr:`kind`; values that are no numbers become 0.

        Args:
            image: upright RGB.
        """
        import numpy as np
        import torch

        height, width = image.shape[:2]
        prepared = self.processor(images=image, return_tensors="pt").to(self.model.device)
        with torch.inference_mode():
            seen = self.model(pixel_values=prepared["pixel_values"]).predicted_depth[:, None]
            found = _at_size(seen, height, width, _padding(self.processor, self.model.config, height, width))
            if (
                self.model.config.model_type == "depth_pro"
            ):  # gives the inverse of metres at its own focal length
                found = 1.0 / found.clamp(min=1e-4)
        said = found.cpu().numpy().astype(np.float32)
        depth: np.ndarray = np.nan_to_num(said, nan=0.0, posinf=0.0, neginf=0.0)
        return depth


class _DepthProPreparation:
    """Depth Pro's preparation of photos: that of transformers needs torchvision, which is not required here."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._size = (settings["size"]["height"], settings["size"]["width"])
        self._mean, self._std = settings["image_mean"], settings["image_std"]

    def __call__(self, images: UInt8[np.ndarray, "H W 3"], return_tensors: str) -> BatchFeature:
        import torch
        from torch.nn.functional import interpolate
        from transformers import BatchFeature

        rgb = torch.from_numpy(images.transpose(2, 0, 1) / 255.0).float()[None]
        mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (self._mean, self._std))
        prepared = interpolate((rgb - mean) / std, size=self._size, mode="bilinear", align_corners=False)
        return BatchFeature({"pixel_values": prepared}, tensor_type=return_tensors)


def _processor(folder: Path, config: Any) -> Any:
    """What prepares photos for a model."""
    from transformers import AutoImageProcessor

    if config.model_type != "depth_pro":
        return AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
            folder, local_files_only=True, backend="pil"
        )
    settings = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
    return _DepthProPreparation(settings)


def _at_size(seen: Tensor, height: int, width: int, padding: tuple[int, int]) -> Tensor:
    """A prediction at the size of the photo, without the border that was put round it."""
    from torch.nn.functional import interpolate

    above, left = padding
    size = (height + 2 * above, width + 2 * left)
    found = interpolate(seen, size=size, mode="bicubic", align_corners=False)
    return found[0, 0, above : above + height, left : left + width]


def _padding(processor: Any, config: Any, height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the photo that ZoeDepth's preparation puts round it (those of its authors)."""
    if config.model_type != "zoedepth" or not processor.do_pad:
        return 0, 0
    return int(math.sqrt(height / 2) * 3), int(math.sqrt(width / 2) * 3)


def depth_kind(config: Any) -> Kind:
    """What the numbers of a model mean, by its settings."""
    said = getattr(config, "depth_estimation_type", None)
    if said is not None:
        return "metric" if said == "metric" else "inverse"
    return "inverse" if config.model_type in _INVERSE else "metric"


def is_complete(folder: Path) -> bool:
    """Whether a folder holds settings and whole safetensors."""
    names = {path.name for path in folder.glob("*")} if folder.is_dir() else set()
    whole = any(name.endswith(".safetensors") for name in names)
    return "config.json" in names and whole and not any(name.endswith(".part") for name in names)


def _check_files(folder: Path) -> None:
    if not folder.is_dir():
        raise WeightsMissing(
            f"There is no folder {folder}.", "Name a folder, or a model of the hub (owner/name)."
        )
    for pattern in ("config.json", "preprocessor_config.json", "*.safetensors"):
        if not any(folder.glob(pattern)):
            raise WeightsMissing(
                f"{folder} holds no {pattern}.",
                "A depth model's folder has config.json, preprocessor_config.json and *.safetensors "
                "(files of other kinds can hold code and are not read).",
            )


def _config(folder: Path) -> Any:
    import transformers
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES

    known = ", ".join(MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsMismatch(
            f"transformers {transformers.__version__} does not know the model in {folder}.",
            f"Depth models that it loads are: {known}. A newer transformers may know more.",
        ) from error
    if config.model_type not in MODEL_FOR_DEPTH_ESTIMATION_MAPPING_NAMES:
        raise WeightsMismatch(
            f"{folder} holds a model of the kind {config.model_type}, which gives no depth.",
            f"Depth models are: {known}.",
        )
    return config


def _check_tensors(folder: Path, told: dict[str, Any]) -> None:
    """A model of which parts would stay random is refused."""
    lacking = sorted(told.get("missing_keys", ())) + [str(key) for key in told.get("mismatched_keys", ())]
    if lacking:
        raise WeightsMismatch(
            f"{folder} lacks {len(lacking)} tensors of its model ({lacking[0]} and others)."
            if len(lacking) > 1
            else f"{folder} lacks {lacking[0]} of its model.",
            "Fetch it again, whole.",
        )


def _explained(folder: Path, error: Exception) -> WeightsError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, RuntimeError):
        return WeightsMismatch(
            f"The tensors in {folder} do not fit its settings ({reason}).", "Fetch it again."
        )
    return WeightsDamaged(f"The depth model in {folder} cannot be read ({reason}).", "Fetch it again.")
