"""Which model guesses depth: the one asked for by name, the best that is in place, or the eye."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.rooms.prior.eye import own_eye
from pipeline.rooms.prior.prior import DepthPrior

if TYPE_CHECKING:
    from models.weights import Weights
    from pipeline.rooms.prior.depth_model import DepthModelPrior

EYE: Final = "eye"


def depth_prior(name: str | None = None, seed: int = 0) -> DepthPrior:
    """The model that guesses a photo's geometry.

    Args:
        name: ``None`` or ``auto`` for the best depth model whose weights are in place, else the eye; ``eye``; a
            key of the weights; a folder; or a model of the Hugging Face hub (``owner/name``), which is fetched.
        seed: of its fits.

    Raises:
        WeightsError: it is missing, cannot be fetched, or is no depth model; the message says what to do.
    """
    if name == EYE:
        return own_eye()
    if name in (None, "auto"):
        found = in_place()
        return _loaded(found.key, str(found.place()), _fingerprint(found.place()), seed) if found else own_eye()
    folder = _folder_of(str(name))
    return _loaded(str(name), str(folder), _fingerprint(folder), seed)


def choose_depth_prior(name: str | None = None, seed: int = 0) -> tuple[DepthPrior, str]:
    """The same, and why in plain words; the eye stands in for a model that cannot be used."""
    from models.checkpoints import WeightsError

    try:
        prior = depth_prior(name, seed)
    except WeightsError as error:
        return own_eye(), f"depth of {name or 'auto'} was asked for, but {error.message} The eye stands in"
    if prior.name == EYE:
        return prior, "depth is guessed by the eye that comes with the package"
    by = "was asked for" if name not in (None, "auto") else "has its weights in place"
    return prior, f"depth is guessed by {prior.name}, which {by}"


def prior_version(name: str | None = None) -> str:
    """What tells results of one model from those of another, found without loading it; empty for the eye."""
    if name in (None, "auto"):
        found = in_place()
        return f"-{found.key}-{_fingerprint(found.place())}" if found else ""
    if name == EYE:
        return ""
    from models.weights import depth_weights

    weights, folder = depth_weights(str(name)), Path(str(name)).expanduser()
    place = folder if folder.is_dir() or weights is None else weights.place()
    return f"-{_fingerprint(place)}" if place.is_dir() else "-missing"


def in_place() -> "Weights | None":
    """The first depth model, in the order of preference, whose weights are in place."""
    from models.depth import is_complete
    from models.weights import DEPTH_MODELS, weights_named

    candidates = (weights_named(key) for key in DEPTH_MODELS)
    return next((weights for weights in candidates if is_complete(weights.place())), None)


def _folder_of(name: str) -> Path:
    """Where the model of this name lies, fetched from the hub if it is a new one of there."""
    from models.checkpoints import WeightsMissing
    from models.depth import is_complete
    from models.weights import depth_weights
    from models.weights_fetch import fetch

    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    weights = depth_weights(name)
    if weights is None:
        raise WeightsMissing(
            f"There is no depth model {name!r}.",
            "Name a folder with config.json and safetensors, a model of the hub as owner/name, or one of "
            "`python -m pipeline weights list`.",
        )
    if not is_complete(weights.place()):
        if weights.restriction:
            raise WeightsMissing(
                f"{weights.name} is not in {weights.place()}; its licence is {weights.restriction}.",
                f"Agree to it with: python -m pipeline weights fetch {weights.key} --accept-licence",
            )
        fetch(weights, lambda *_: None)
    return weights.place()


def _fingerprint(folder: Path) -> str:
    from models.checkpoints import fingerprint

    return fingerprint(folder)


@lru_cache(maxsize=1)
def _loaded(name: str, folder: str, version: str, seed: int) -> "DepthModelPrior":
    """The model, kept between rooms as long as its weights stay the same."""
    from models.depth import DepthNetwork
    from pipeline.machine import torch_device
    from pipeline.rooms.prior.depth_model import DepthModelPrior

    network = DepthNetwork.from_pretrained(Path(folder), torch_device())
    return DepthModelPrior(name, version, network, own_eye(), seed)
