"""What is wrong with a catalogue or a queue, in one sentence with the way out; never SQL, never a password."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pipeline.errors import Damaged, DiskFull, InstallationError, WrongSettings
from pipeline.store.patience import first_line, is_outage, unreachable

_FORMS = "Leave SHOWROOM_DATABASE_URL empty for SQLite, or give postgresql+psycopg://USER:PASSWORD@HOST/NAME."
_BACKUP = "python -m pipeline backup"
#: file systems whose locks do not hold between machines, by the names that Linux gives them
NETWORK_DRIVES = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.s3fs",
        "davfs",
    }
)


def _url(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise WrongSettings("SHOWROOM_DATABASE_URL is no address of a database.", _FORMS) from error


def place_of(url: str) -> str:
    """What the catalogue is called in a sentence, without a password."""
    made = _url(url)
    if made.get_backend_name() == "sqlite":
        return f"the catalogue {made.database}"
    return f"the catalogue at {made.render_as_string(hide_password=True)}"


def check_database_url(url: str) -> None:
    """Make sure that the URL can work.

    Raises:
        WrongSettings: another kind of database, no driver, a folder that cannot be written, a network drive.
    """
    made = _url(url)
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise WrongSettings(f"There is no catalogue in {made.get_backend_name()!r} databases.", _FORMS)
    try:
        made.get_dialect()
    except (NoSuchModuleError, ImportError) as error:
        raise WrongSettings(f"No driver for {made.drivername!r} is installed.", _FORMS) from error
    if made.get_backend_name() == "sqlite" and made.database:
        check_sqlite_folder(Path(made.database).parent)


def check_sqlite_folder(folder: Path) -> None:
    """Make sure that SQLite files can lie in a folder (which is made).

    Raises:
        WrongSettings: it cannot be written, or lies on a network drive.
    """
    check_writable(folder)
    kind = _drive_kind(folder)
    if kind in NETWORK_DRIVES:
        raise WrongSettings(
            f"{folder} is on a network drive ({kind}), whose locks SQLite cannot rely on: jobs could be lost.",
            "Keep the catalogue in PostgreSQL (SHOWROOM_DATABASE_URL) and the queue in Redis "
            "(SHOWROOM_QUEUE_URL); only results may lie on the drive (SHOWROOM_ARTEFACTS_URL). Or take a local "
            "folder (SHOWROOM_DATA).",
        )


def check_writable(folder: Path) -> None:
    """Make a folder, and make sure that it can be written.

    Raises:
        WrongSettings: it cannot.
    """
    advice = "Give this user the right to write there, or set SHOWROOM_DATA to another folder."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongSettings(f"The folder {folder} cannot be made ({error.strerror}).", advice) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongSettings(f"The folder {folder} cannot be written.", advice)


def _drive_kind(folder: Path) -> str:
    """The file system that a folder lies on."""
    place = str(folder.resolve())
    best = max(
        (part for part in psutil.disk_partitions(all=True) if Path(place).is_relative_to(part.mountpoint)),
        key=lambda part: len(part.mountpoint),
        default=None,
    )
    return best.fstype if best is not None else ""


def what_to_do(error: Exception, url: str) -> InstallationError:
    """The sentence about a catalogue that does not open."""
    made = _url(url)
    if is_outage(error):
        return unreachable(place_of(url), error)
    if made.get_backend_name() != "sqlite":
        return WrongSettings(f"{place_of(url).capitalize()} does not open ({first_line(error)}).", _FORMS)
    told = first_line(error)
    if "not a database" in told or "malformed" in told:
        return Damaged(
            f"The catalogue {made.database} is damaged ({told}).",
            f"Put back a copy that `{_BACKUP}` made; or move the file away and run `python -m pipeline check`, "
            "which finds the listings again by their results.",
        )
    if "readonly" in told or "unable to open" in told:
        return WrongSettings(
            f"The catalogue {made.database} cannot be written ({told}).",
            "Give this user the right to write the file and its folder, or set SHOWROOM_DATA.",
        )
    if "full" in told:
        return DiskFull(
            f"The disk of {made.database} is full.", "Free some space; the work goes on where it stopped."
        )
    return Damaged(
        f"The catalogue {made.database} does not open ({told}).", f"Put back a copy that `{_BACKUP}` made."
    )


def of_another_version(place: str) -> WrongSettings:
    """The sentence about a catalogue whose tables this version does not know."""
    return WrongSettings(
        f"The catalogue {place} is of a newer version of ShowRoom.",
        "Update ShowRoom, or set SHOWROOM_DATA to another folder.",
    )
