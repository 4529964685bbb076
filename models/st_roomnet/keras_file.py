"""Reading the Keras ``.h5`` of ST-RoomNet: plain arrays by name, no Keras, nothing executed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.checkpoints import WeightsDamaged, WeightsMismatch, WeightsMissing

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]
    from torch import Tensor

_BLOCK = re.compile(r"convnext_\w+?_stage_(\d)_block_(\d+)_(\w+)/(\w+)")
_STEM = re.compile(r"convnext_\w+?_stem_(conv|layernorm)/(\w+)")
_DOWN = re.compile(r"convnext_\w+?_downsampling_(conv|layernorm)_(\d)/(\w+)")
_BLOCK_PARTS = {
    "depthwise_conv": "depthwise",
    "layernorm": "norm",
    "pointwise_conv_1": "up",
    "pointwise_conv_2": "down",
}
_VARIABLES = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}


def read_keras(path: Path) -> dict[str, Tensor]:
    """State dict of :class:`models.st_roomnet.STRoomNet` from a Keras 2 ``.h5``.

    Raises:
        WeightsMissing: there is no such file.
        WeightsDamaged: it is truncated or no HDF5 file.
        WeightsMismatch: it has tensors that ST-RoomNet has not.
    """
    import torch

    state: dict[str, Tensor] = {}
    for name, array in _arrays(path).items():
        ours = our_name(name)
        if ours in state:
            raise WeightsMismatch(f"{path}: {name} is there twice.", "Is it the file of another model?")
        state[ours] = torch.from_numpy(_as_torch(array))
    return state


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """``layer/variable`` to array; soft and external links are not followed."""
    import h5py

    if not path.is_file():
        raise WeightsMissing(
            f"There is no file {path}.", "The published weights are a Keras .h5; give its path."
        )
    found: dict[str, np.ndarray] = {}

    def keep(name: str, node: h5py.Dataset | h5py.Group) -> None:
        if isinstance(node, h5py.Dataset) and np.issubdtype(node.dtype, np.floating) and node.size:
            if node.external or node.is_virtual:
                raise WeightsDamaged(
                    f"{path}: {name} points to another file, which is not read.", "Fetch it again."
                )
            layer_and_variable = "/".join(name.split("/")[-2:]).removesuffix(":0")
            if layer_and_variable in found:
                raise WeightsMismatch(f"{path}: {layer_and_variable} is there twice.")
            found[layer_and_variable] = np.asarray(node[()], dtype=np.float32)

    try:
        with h5py.File(path, "r") as opened:
            root = opened.get("model_weights", opened)
            root.visititems(keep)
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise WeightsDamaged(f"{path} is truncated or no HDF5 file ({reason}).", "Fetch it again.") from error
    return found


def our_name(keras_name: str) -> str:
    """Name in our state dict; what is no ConvNeXt layer is the final norm or, by position, the last layer."""
    if match := _BLOCK.fullmatch(keras_name):
        stage, block, part, variable = match.groups()
        start = f"backbone.stages.{stage}.{block}"
        if part == "layer_scale":
            return f"{start}.scale"
        return f"{start}.{_BLOCK_PARTS.get(part, part)}.{_VARIABLES.get(variable, variable)}"
    if match := _STEM.fullmatch(keras_name):
        position = 0 if match[1] == "conv" else 1
        return f"backbone.downsampling.0.{position}.{_VARIABLES.get(match[2], match[2])}"
    if match := _DOWN.fullmatch(keras_name):
        position = 1 if match[1] == "conv" else 0
        return f"backbone.downsampling.{int(match[2]) + 1}.{position}.{_VARIABLES.get(match[3], match[3])}"
    variable = keras_name.split("/")[-1]
    if variable in ("gamma", "beta"):
        return f"backbone.norm.{_VARIABLES[variable]}"
    return f"theta.{_VARIABLES.get(variable, variable)}"


def _as_torch(array: np.ndarray) -> np.ndarray:
    """Kernels: HWIO to OIHW, (in, out) to (out, in)."""
    if array.ndim == 4:
        array = array.transpose(3, 2, 0, 1)
    elif array.ndim == 2:
        array = array.T
    return np.ascontiguousarray(array)
