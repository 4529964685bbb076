"""Fetching weights from the Hugging Face Hub, by its own library.

huggingface_hub knows the token (``HF_TOKEN``, ``hf auth login``), gated repositories, mirrors
(``HF_ENDPOINT``), ``HF_HUB_OFFLINE`` and the cache of the other programs here, and goes on where a connection
broke. Ours is what it does not do: the question for the licence, room on the disk for all files together, a
``.part`` that outlives a killed process (its ``hf_hub_download`` begins such a file again, and Fast3R is one
file of 2.6 GB), and the check of every file against the hub's digest before it gets its name.
"""

from __future__ import annotations

import errno
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout
from httpx2 import HTTPError
from huggingface_hub import HfApi, hf_hub_url, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import (  # type: ignore[attr-defined] # exported without saying so
    build_hf_headers,
    filter_repo_objects,
    silent_tqdm,
)
from huggingface_hub.utils.sha import git_hash

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMissing
from models.weights import Weights, weights_folder
from models.weights_verify import sha256

#: Told the bytes that are there, those in all, and the file; raises to stop.
Report = Callable[[int, int, str], None]
_AGAIN = "Run the same command again to continue."


class LicenceNotAccepted(WeightsError):
    """The weights have a restrictive licence that was not agreed to."""


class HubRefused(WeightsError):
    """The hub wants to know who asks: no token, a wrong one, or one whose owner was not let in."""


class HubUnreachable(WeightsError):
    """There is no way to the hub: no connection, or offline by choice."""


def fetch(
    weights: Weights, report: Report, *, accept_licence: bool = False, hub: HfApi | None = None
) -> list[Path]:
    """Fetch weights into their place; what is already there is kept, what is half there is continued.

    Args:
        weights: with a hub repository.
        report: told as bytes come in.
        accept_licence: whether the user agreed to the restriction.
        hub: where and as whom to ask; default: as huggingface_hub is set up on this machine.

    Raises:
        LicenceNotAccepted: there is a restriction and it was not agreed to.
        WeightsMissing: they cannot be fetched, only got by hand.
        HubRefused, HubUnreachable: with what to do about it.
        WeightsDamaged: what came is not what the hub promised.
        WeightsError: disk space, or another command is fetching them.
    """
    if not weights.hub_id:
        raise WeightsMissing(f"{weights.name} cannot be fetched from here.", f"To get it: {weights.how}.")
    if weights.restriction and not accept_licence:
        raise LicenceNotAccepted(
            f"{weights.name} is under: {weights.restriction}.", "Agree with --accept-licence to fetch it."
        )
    hub = hub or HfApi(library_name="showroom")
    with _alone(weights), _explained(weights, hub):
        try:
            files = remote_files(weights, hub)
        except OfflineModeIsEnabled:
            return _from_cache(weights, report)
        return _fetch_all(weights, files, report, hub)


def remote_files(weights: Weights, hub: HfApi) -> list[RepoFile]:
    """The files of a hub repository that these weights need.

    Raises:
        WeightsError: the hub gives no such list.
    """
    try:
        tree = hub.list_repo_tree(weights.hub_id, recursive=True, revision=weights.revision)
        every = [entry for entry in tree if isinstance(entry, RepoFile)]
        files = list(filter_repo_objects(every, allow_patterns=list(weights.hub_files), key=lambda f: f.path))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{hub.endpoint} gave no list of files for {weights.hub_id}.", "If HF_ENDPOINT is set, check it."
        ) from error
    if not files:
        raise WeightsError(f"{weights.hub_id} holds none of {', '.join(weights.hub_files)}.", weights.how)
    for file in files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts:
            raise WeightsError(f"{file.path!r} would leave its folder.", f"Do not trust {hub.endpoint}.")
    return files


def _fetch_all(weights: Weights, files: list[RepoFile], report: Report, hub: HfApi) -> list[Path]:
    folder = weights.place()
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(file.size for file in files)
    needed = total - sum(_had(folder, file) for file in files)
    if shutil.disk_usage(folder).free < needed:
        raise WeightsError(f"{weights.name} needs {needed / 1e9:.1f} GB more in {folder}.", "Free some space.")
    done, paths = 0, []
    for file in files:
        before, name = done, file.path
        paths.append(_fetch_one(weights, file, hub, lambda got: report(before + got, total, name)))  # noqa: B023 (called at once)
        done += file.size
    report(total, total, "done")
    return paths


def _fetch_one(weights: Weights, file: RepoFile, hub: HfApi, report: Callable[[int], None]) -> Path:
    """Fetch one file, continuing its ``.part``; it gets its name only when it is whole and right."""
    target, part = weights.place() / file.path, _part(weights.place(), file)
    if target.is_file() and target.stat().st_size == file.size:
        report(file.size)
        return target
    part.parent.mkdir(parents=True, exist_ok=True)
    cached = try_to_load_from_cache(weights.hub_id, file.path, revision=weights.revision)
    if isinstance(cached, str):
        shutil.copyfile(cached, part)
    else:
        _download(weights, file, hub, part, report)
    _check(part, file)
    part.replace(target)
    report(file.size)
    return target


def _download(weights: Weights, file: RepoFile, hub: HfApi, part: Path, report: Callable[[int], None]) -> None:
    if part.is_file() and part.stat().st_size > file.size:
        part.unlink()
    url = hf_hub_url(weights.hub_id, file.path, revision=weights.revision, endpoint=hub.endpoint)
    # the token goes to the hub alone: a redirect to another host loses it
    headers = build_hf_headers(token=hub.token, library_name="showroom")
    with _Part(io.FileIO(part, "a"), report) as out:
        http_get(
            url,
            out,
            resume_size=out.tell(),
            headers=headers,
            expected_size=file.size,
            displayed_filename=file.path,
            tqdm_class=silent_tqdm,
        )


class _Part(io.BufferedWriter):
    """A file that tells how long it has become."""

    def __init__(self, raw: io.FileIO, report: Callable[[int], None]) -> None:
        super().__init__(raw)
        self._report = report

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        written = super().write(data)
        self._report(self.tell())
        return written


def _part(folder: Path, file: RepoFile) -> Path:
    return folder / f"{file.path}.part"


def _had(folder: Path, file: RepoFile) -> int:
    for path in (folder / file.path, _part(folder, file)):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0


def _check(path: Path, file: RepoFile) -> None:
    """Compare with the hub's digest: SHA-256 of large files, git's own of small ones."""
    size = path.stat().st_size
    wrong = f"{size:,} bytes instead of {file.size:,}" if size != file.size else ""
    if not wrong:
        found = sha256(path) if file.lfs else git_hash(path.read_bytes())
        wrong = "" if found == (file.lfs.sha256 if file.lfs else file.blob_id) else "another checksum"
    if wrong:
        path.unlink()
        raise WeightsDamaged(f"{file.path} came with {wrong}; it was deleted.", "Run the same command again.")


def _from_cache(weights: Weights, report: Report) -> list[Path]:
    """Without a connection: what another program left in the cache of huggingface_hub, if it is whole."""
    wanted = list(weights.hub_files)
    folder = Path(
        snapshot_download(
            weights.hub_id, revision=weights.revision, allow_patterns=wanted, local_files_only=True
        )
    )
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    names = list(filter_repo_objects(names, allow_patterns=wanted))
    for number, name in enumerate(names):
        report(number, len(names), name)
        target = weights.place() / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target.with_name(f"{target.name}.part"))
        target.with_name(f"{target.name}.part").replace(target)
    return [weights.place() / name for name in names]


@contextmanager
def _alone(weights: Weights) -> Iterator[None]:
    """One command at a time fetches these weights."""
    weights_folder().mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(weights_folder() / f".{weights.key}.lock", timeout=0):
            yield
    except Timeout as error:
        raise WeightsError(
            f"{weights.name} is being fetched by another command.", "Wait for it to end."
        ) from error


@contextmanager
def _explained(weights: Weights, hub: HfApi) -> Iterator[None]:
    """Whatever goes wrong between here and the hub, with what to do about it."""
    try:
        yield
    except WeightsError:
        raise
    except (HTTPError, OSError) as error:
        raise _explanation(weights, hub, error) from error


def _explanation(weights: Weights, hub: HfApi, error: Exception) -> WeightsError:
    page = f"{hub.endpoint}/{weights.hub_id}"
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    token = f"make a token at {hub.endpoint}/settings/tokens and give it with `hf auth login` or HF_TOKEN"
    if isinstance(error, GatedRepoError):
        return HubRefused(
            f"{weights.hub_id} is gated: its owner lets in who accepted the conditions.",
            f"Sign in at {page} and accept them, {token}, then run the same command again.",
        )
    if isinstance(error, RevisionNotFoundError):
        return WeightsError(f"{page} has no revision {weights.revision}.", f"To get it: {weights.how}.")
    if isinstance(error, RepositoryNotFoundError) or status in (401, 403, 404):
        return HubRefused(
            f"{page} is not there, or not for everyone (HTTP {status}).",
            f"If it opens in your browser, {token}. A token that is set may have ended.",
        )
    if isinstance(error, OfflineModeIsEnabled | LocalEntryNotFoundError):
        return HubUnreachable(
            f"HF_HUB_OFFLINE is set, and the cache of huggingface_hub does not hold {weights.hub_id}.",
            f"Unset it, or copy the files from another machine into {weights.place()}.",
        )
    if status is not None:
        return HubUnreachable(f"{hub.endpoint} answered HTTP {status}.", f"Wait a while. {_AGAIN}")
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return WeightsError(f"The disk of {weights.place()} is full.", f"Free some space. {_AGAIN}")
    if isinstance(error, OSError) and error.errno is not None:
        return WeightsError(
            f"{weights.place()} cannot be written ({error.strerror}).", "Check its permissions."
        )
    return HubUnreachable(
        f"{hub.endpoint} cannot be reached, or the connection broke ({type(error).__name__}).",
        f"Check the connection, or name a mirror in HF_ENDPOINT. {_AGAIN}",
    )
