"""Reading weights of others: nothing in the file is executed, and every misfit is told precisely.

::

    WeightsError                 what is wrong with the weights, and what to do about it
    |-- WeightsMissing           there is no such file, folder or hub entry here
    |-- WeightsDamaged           truncated, not of the expected format, or holding more than tensors
    `-- WeightsMismatch          tensors are missing, unexpected or of another shape
"""

from __future__ import annotations

import hashlib
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn

_SHOWN = 8


class WeightsError(Exception):
    """Weights cannot be used.

    Args:
        message: what is wrong, in one sentence.
        advice: what to do about it.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class WeightsMissing(WeightsError):
    """There is no such file, folder or hub entry here."""


class WeightsDamaged(WeightsError):
    """The file is truncated, not of the expected format, or holds more than tensors."""


class WeightsMismatch(WeightsError):
    """Tensors are missing, unexpected or of another shape than the model's."""


_FETCH_AGAIN = "Fetch it again, or point to the right file."


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file, mapped from disk (read when first used).

    Raises:
        WeightsMissing: there is no such file.
        WeightsDamaged: it is truncated or no safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    _require_file(path)
    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsDamaged(f"{path} is truncated or no safetensors file ({error}).", _FETCH_AGAIN) from error
    except (MemoryError, RuntimeError, OSError) as error:
        raise _not_read(path, error) from error


def safetensors_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes in a safetensors file, from its header alone (truncation is noticed).

    Raises:
        WeightsMissing, WeightsDamaged: as :func:`read_safetensors`.
    """
    from safetensors import SafetensorError, safe_open

    _require_file(path)
    try:
        with safe_open(path, framework="pt") as opened:
            return {name: tuple(opened.get_slice(name).get_shape()) for name in opened.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise WeightsDamaged(f"{path} is truncated or no safetensors file ({error}).", _FETCH_AGAIN) from error
    except OSError as error:
        raise _not_read(path, error) from error


def read_torch(path: Path) -> Any:
    """Content of a ``torch.save`` file that holds only tensors and plain containers.

    Raises:
        WeightsMissing: there is no such file.
        WeightsDamaged: it is truncated, no torch file, or its pickle asks for code (which is not run).
    """
    import torch

    _require_file(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise WeightsDamaged(
            f"{path} holds more than tensors, or is no torch file; nothing in it was executed.",
            "Only files of plain tensors are read: save them with torch.save(model.state_dict(), file).",
        ) from error
    except (EOFError, zipfile.BadZipFile) as error:
        raise WeightsDamaged(f"{path} is truncated ({error}).", _FETCH_AGAIN) from error
    except (MemoryError, RuntimeError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _not_read(path, error) from error


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise WeightsMissing(
            f"There is no file {path}.", "python -m pipeline weights list says where weights go."
        )


def _not_read(path: Path, error: Exception) -> WeightsError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, MemoryError) or "alloc" in reason.lower() or "memory" in reason.lower():
        return WeightsError(f"There is not enough memory to read {path} ({reason}).", "Close other programs.")
    return WeightsDamaged(f"{path} cannot be read ({reason}).", _FETCH_AGAIN)


def plain_state(content: object, path: Path) -> dict[str, Tensor]:
    """The state dict in what :func:`read_torch` gave: bare, a trainer's, or Lightning's (prefix ``net.``).

    Raises:
        WeightsDamaged: there is none.
    """
    import torch

    if not isinstance(content, Mapping):
        raise WeightsDamaged(f"{path} holds a {type(content).__name__} instead of a state dict.", _FETCH_AGAIN)
    nested = (content.get(key) for key in ("model_state_dict", "state_dict"))
    state: dict[str, Tensor] = dict(next((inner for inner in nested if isinstance(inner, Mapping)), content))
    odd = [str(name) for name, value in state.items() if not isinstance(value, torch.Tensor)]
    if odd or not state:
        found = f"entries that are no tensors: {_some(odd)}" if odd else "no tensors"
        raise WeightsDamaged(f"{path} has {found}.", "A state dict holds tensors only.")
    if any(name.startswith("net.") for name in state):
        state = {name.removeprefix("net."): value for name, value in state.items()}
    return state


def check_shapes(
    expected: Mapping[str, Sequence[int]], found: Mapping[str, Sequence[int]], origin: str | Path
) -> None:
    """Require that names and shapes are the same.

    Raises:
        WeightsMismatch: names what is missing, unexpected, or of another shape.
    """
    missing = sorted(set(expected) - set(found))
    unexpected = sorted(set(found) - set(expected))
    wrong = [
        f"{name} is {tuple(found[name])} instead of {tuple(expected[name])}"
        for name in expected
        if name in found and tuple(found[name]) != tuple(expected[name])
    ]
    parts = [
        f"{len(names)} {what}: {_some(names)}"
        for what, names in (("missing", missing), ("unexpected", unexpected), ("of another shape", wrong))
        if names
    ]
    if parts:
        raise WeightsMismatch(
            f"{origin} does not fit the model: {'; '.join(parts)}.",
            "Is it the file of another model, or does its configuration say something else?",
        )


def load_strictly(module: nn.Module, state: Mapping[str, Tensor], origin: str | Path) -> None:
    """Give ``module`` (best made on the meta device) these tensors without copying them.

    Raises:
        WeightsMismatch: names, shapes or kinds differ.
    """
    import torch

    expected = module.state_dict()
    check_shapes(
        {name: tensor.shape for name, tensor in expected.items()},
        {name: tensor.shape for name, tensor in state.items()},
        origin,
    )
    odd = [f"{name} ({tensor.dtype})" for name, tensor in state.items() if not tensor.is_floating_point()]
    if odd:
        raise WeightsMismatch(f"{origin} has tensors that are no floating-point numbers: {_some(odd)}.")
    as_float = {name: tensor.to(torch.float32) for name, tensor in state.items()}
    module.load_state_dict(as_float, strict=True, assign=True)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def fingerprint(source: Path) -> str:
    """Short digest that changes with the weights: names, sizes, and both ends of every file."""
    digest = hashlib.sha256()
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}".encode())
        with path.open("rb") as opened:
            digest.update(opened.read(1 << 20))
            opened.seek(max(0, size - (1 << 20)))
            digest.update(opened.read())
    return digest.hexdigest()[:12]
