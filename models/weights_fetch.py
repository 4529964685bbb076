"""Fetching weights with progress, resume and checksums, and verifying those that are there."""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Protocol

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMismatch, WeightsMissing
from models.weights import Weights

HUB = "https://huggingface.co"
_CHUNK_BYTES = 1 << 20
_TIMEOUT_S = 30.0


class Response(Protocol):
    """What a download needs of an HTTP response."""

    @property
    def status(self) -> int | None: ...

    def read(self, amount: int, /) -> bytes: ...


#: Opens an address from a byte offset on.
Opener = Callable[[str, int], Response]
#: Told the bytes that are there, those in all, and the file; raises to stop.
Report = Callable[[int, int, str], None]


class LicenceNotAccepted(WeightsError):
    """The weights have a restrictive licence that was not agreed to."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch: its name in the folder, address, size, and SHA-256 where the hub tells it."""

    name: str
    url: str
    size_bytes: int
    sha256: str | None = None


def open_url(url: str, offset: int) -> Response:
    """Open an HTTPS address from a byte offset on.

    Raises:
        WeightsError: no connection, or the server refuses.
    """
    if not url.startswith("https://"):
        raise WeightsError(f"{url} is no https address.")
    request = urllib.request.Request(url, headers={"User-Agent": "showroom"})  # noqa: S310 (https only)
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response: Response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 (https only)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            return error
        advice = "It may ask for an account: fetch it in a browser." if error.code in (401, 403) else ""
        raise WeightsError(f"{url} answered {error.code} {error.reason}.", advice) from error
    except OSError as error:
        raise WeightsError(
            f"{url} cannot be reached ({error}).", "Check the connection and try again."
        ) from error
    return response


def remote_files(weights: Weights, opener: Opener = open_url) -> list[RemoteFile]:
    """The files of a hub repository that these weights need.

    Raises:
        WeightsError: the hub cannot be reached or gives no such list.
    """
    response = opener(f"{HUB}/api/models/{weights.hub_id}/revision/{weights.revision}?blobs=true", 0)
    content = b""
    while part := response.read(_CHUNK_BYTES):
        content += part
    try:
        entries = json.loads(content)["siblings"]
        files = [
            RemoteFile(
                name=_inside(entry["rfilename"]),
                url=f"{HUB}/{weights.hub_id}/resolve/{weights.revision}/{entry['rfilename']}",
                size_bytes=int(entry["size"]),
                sha256=(entry.get("lfs") or {}).get("sha256"),
            )
            for entry in entries
            if any(fnmatch(entry["rfilename"], pattern) for pattern in weights.hub_files)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{HUB} gave no list of files for {weights.hub_id}.", "Fetch it in a browser."
        ) from error
    if not files:
        raise WeightsError(f"{weights.hub_id} holds none of {', '.join(weights.hub_files)}.", weights.how)
    return files


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name!r} would leave its folder")
    return str(path)


def fetch(
    weights: Weights, report: Report, *, accept_licence: bool = False, opener: Opener = open_url
) -> list[Path]:
    """Fetch weights into their place; what is already there is kept, what is half there is continued.

    Args:
        weights: with a hub repository.
        report: told after every megabyte.
        accept_licence: whether the user agreed to the restriction.
        opener: how addresses are opened.

    Raises:
        LicenceNotAccepted: there is a restriction and it was not agreed to.
        WeightsMissing: they cannot be fetched, only got by hand.
        WeightsDamaged: what came is not what the hub promised.
        WeightsError: connection, disk space.
    """
    if not weights.hub_id:
        raise WeightsMissing(f"{weights.name} cannot be fetched from here.", f"To get it: {weights.how}.")
    if weights.restriction and not accept_licence:
        raise LicenceNotAccepted(
            f"{weights.name} is under: {weights.restriction}.", "Agree with --accept-licence to fetch it."
        )
    folder = weights.place()
    files = remote_files(weights, opener)
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(file.size_bytes for file in files)
    needed = total - sum(_had(folder, file) for file in files)
    if shutil.disk_usage(folder).free < needed:
        raise WeightsError(f"{weights.name} needs {needed / 1e9:.1f} GB more in {folder}.", "Free some space.")
    done, paths = 0, []
    for file in files:
        before = done
        paths.append(
            fetch_file(file, folder, lambda got, name, before=before: report(before + got, total, name), opener)  # type: ignore[misc]
        )
        done += file.size_bytes
    report(total, total, "done")
    return paths


def _part(folder: Path, file: RemoteFile) -> Path:
    return folder / f"{file.name}.part"


def _had(folder: Path, file: RemoteFile) -> int:
    for path in (folder / file.name, _part(folder, file)):
        if path.is_file():
            return min(path.stat().st_size, file.size_bytes)
    return 0


def fetch_file(
    file: RemoteFile, folder: Path, report: Callable[[int, str], None], opener: Opener = open_url
) -> Path:
    """Fetch one file, continuing its ``.part``; it gets its name only when it is whole and right.

    Raises:
        WeightsDamaged: size or checksum are not as promised (the part is deleted).
        WeightsError: the connection ended; a second call continues.
    """
    target, part = folder / file.name, _part(folder, file)
    if target.is_file() and target.stat().st_size == file.size_bytes:
        report(file.size_bytes, file.name)
        return target
    part.parent.mkdir(parents=True, exist_ok=True)
    had = part.stat().st_size if part.is_file() else 0
    if had < file.size_bytes or had == 0:
        _download(file, part, had, report, opener)
    _check(part, file)
    part.replace(target)
    return target


def _download(
    file: RemoteFile, part: Path, had: int, report: Callable[[int, str], None], opener: Opener
) -> None:
    response = opener(file.url, had)
    if response.status == 416:
        part.unlink(missing_ok=True)
        raise WeightsError(f"{file.url} cannot be continued.", "Run the same command again to start afresh.")
    continues = response.status == 206
    got = had if continues else 0
    try:
        with part.open("ab" if continues else "wb") as out:
            while chunk := response.read(_CHUNK_BYTES):
                out.write(chunk)
                got += len(chunk)
                report(min(got, file.size_bytes), file.name)
    except OSError as error:
        raise WeightsError(
            f"{file.name} stopped after {got / 1e6:.0f} of {file.size_bytes / 1e6:.0f} MB ({error}).",
            "Run the same command again to continue.",
        ) from error
    if got < file.size_bytes:
        raise WeightsError(
            f"{file.name} stopped after {got / 1e6:.0f} of {file.size_bytes / 1e6:.0f} MB.",
            "Run the same command again to continue.",
        )


def _check(path: Path, file: RemoteFile) -> None:
    size = path.stat().st_size
    wrong = f"{size:,} bytes instead of {file.size_bytes:,}" if size != file.size_bytes else ""
    if not wrong and file.sha256 and sha256(path) != file.sha256:
        wrong = "another checksum than the hub tells"
    if wrong:
        path.unlink()
        raise WeightsDamaged(f"{file.name} came with {wrong}; it was deleted.", "Run the same command again.")


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
