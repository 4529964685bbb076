"""Whether a folder holds weights of Fast3R, without reading its numbers."""

from pathlib import Path

from models.checkpoints import (
    check_shapes,
    safetensors_shapes,
)
from models.fast3r.config import Fast3RConfig
from models.fast3r.loading import TORCH_SUFFIXES, find_files, read_config, read_state, with_aliases


def verify_folder(source: Path) -> Fast3RConfig:
    """Check names and shapes of a safetensors folder without reading its numbers (well under a second).

    Raises:
        WeightsError: what is wrong with it.
    """
    import torch

    from models.fast3r.model import Fast3R

    weights, config_file = find_files(source)
    if weights.suffix in TORCH_SUFFIXES:
        shapes = {name: tuple(tensor.shape) for name, tensor in read_state(weights).items()}
    else:
        shapes = with_aliases(safetensors_shapes(weights))
    config = read_config(config_file, shapes, weights)
    with torch.device("meta"):
        expected = Fast3R(config).state_dict()
    check_shapes({name: tuple(tensor.shape) for name, tensor in expected.items()}, shapes, weights)
    return config
