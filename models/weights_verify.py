"""Checking weights that are there: they must load, and whether they are the published files is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

from models.checkpoints import WeightsMismatch, WeightsMissing
from models.weights import Weights


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


#: SHA-256 of published files, as far as known, by weights and file.
CHECKSUMS = {("Fast3R", "config.json"): "88edc53ba652ad835b86af27d980a46808d722b4d8f9d0d4360d05c789ada92b"}
_PUBLISHED_BYTES = {("Fast3R", "model.safetensors"): 2_590_286_416}


def verify(weights: Weights) -> list[str]:
    """Check weights that are there: they must load; whether they are the published ones is told.

    Returns:
        Findings in plain words.

    Raises:
        WeightsError: they are missing, damaged or of another model.
    """
    place = weights.place()
    if not weights.present():
        raise WeightsMissing(f"{weights.name} is not in {place}.", f"To get it: {weights.how}.")
    findings = [f"found in {place}"]
    if weights.name in ("Fast3R", "Fast3R student"):
        findings += _verify_fast3r(weights, place)
    elif weights.name == "ST-RoomNet":
        from models.st_roomnet import STRoomNet

        STRoomNet.from_pretrained(place)
        findings.append("all tensors fit")
    else:
        findings += _verify_safetensors(place)
    return findings


def _verify_fast3r(weights: Weights, place: Path) -> list[str]:
    from models.fast3r.loading import find_files
    from models.fast3r.verify import verify_folder

    config = verify_folder(place)
    findings = [
        f"names and shapes fit (decoder of {config.decoder.depth} blocks, width {config.decoder.embed_dim})"
    ]
    for path in filter(None, find_files(place)):
        known = CHECKSUMS.get((weights.name, path.name))
        size = _PUBLISHED_BYTES.get((weights.name, path.name))
        if known is not None:
            findings.append(
                f"{path.name}: {'the published file' if sha256(path) == known else 'not the published one'}"
            )
        if size is not None:
            same = path.stat().st_size == size
            findings.append(f"{path.name}: {'the size' if same else 'not the size'} of the published file")
    return findings


def _verify_safetensors(place: Path) -> list[str]:
    from models.checkpoints import safetensors_shapes

    files = sorted(place.rglob("*.safetensors")) if place.is_dir() else []
    for path in files:
        if not safetensors_shapes(path):
            raise WeightsMismatch(f"{path} holds no tensor.")
    return [f"{len(files)} safetensors files are whole"] if files else []
