"""Settings of an installation, from the environment (``SHOWROOM_...``) or a ``.env`` file."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.errors import WrongSettings
from pipeline.machine import AUTO, DEVICE_NAME

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def _parts(value: Any) -> Any:
    """What stands between commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


#: scheme, host and port of a page, as browsers write them
_Origin = Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$")]


def _in_words(error: ValidationError) -> tuple[str, str]:
    """Which setting is wrong, and where it is set."""
    first = error.errors()[0]
    name = "_".join(["SHOWROOM", *map(str, first["loc"])]).upper()
    told = first["msg"].removeprefix("Value error, ")
    return f"{name} is {first['input']!r}: {told}.", "Correct it in the environment or in the file .env."


class Settings(BaseSettings):
    """Where things are kept and how work is done.

    Attributes:
        data: folder for the catalogue, the queue, artefacts and temporary work.
        database_url: SQLAlchemy URL; default SQLite (WAL) in ``data``. PostgreSQL:
            ``postgresql+psycopg://user:password@host/name``.
        queue_url: ``redis://host:6379/0`` for several machines; default SQLite on disk in ``data``.
        artefacts_url: any fsspec URL (``s3://bucket/prefix``, a shared folder); default ``data/artefacts``.
        gpu_queue: whether a worker serves the ``gpu`` queue; without one everything runs in ``cpu``.
        threads: that the work of a process may run on; 0 means all cores. No result depends on it.
        password: that the dashboard asks for; made up where it listens beyond this computer and none is set.
        allowed_hosts: names by which the dashboard may be called, beside localhost, separated by commas.
        embed_in: origins (``https://blog.example``) whose pages may frame a room, separated by commas.
        roots: folders below which the dashboard may analyse where it listens beyond this computer, separated by
            commas.
        trusted_network: only people who may do anything can reach the dashboard, whatever it listens on (a
            container whose port is published to this computer only).
        keep_days: days after which a listing that was not analysed again is deleted with all that is known of
            it; 0 keeps them.
        device: that torch uses: ``auto`` (a GPU where there is one), ``cpu``, ``cuda``, ``cuda:1``...
    """

    model_config = SettingsConfigDict(env_prefix="SHOWROOM_", env_file=".env", extra="ignore", frozen=True)

    data: Path = PROJECT_ROOT / "data"
    database_url: str = ""
    queue_url: str = ""
    artefacts_url: str = ""
    gpu_queue: bool = False
    threads: int = Field(default=0, ge=0)
    password: SecretStr = SecretStr("")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)] = ()
    embed_in: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_parts)] = ()
    roots: Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_parts)] = ()
    trusted_network: bool = False
    keep_days: float = Field(default=0.0, ge=0)
    device: str = Field(default=AUTO, pattern=f"^({DEVICE_NAME.pattern})$")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise WrongSettings(*_in_words(error)) from error

    @cached_property
    def resolved_database_url(self) -> str:
        """The database URL, with the default filled in."""
        return self.database_url or f"sqlite:///{(self.data / 'showroom.sqlite').absolute()}"

    @cached_property
    def resolved_artefacts_url(self) -> str:
        """The artefact URL, with the default filled in."""
        return self.artefacts_url or str((self.data / "artefacts").absolute())

    @property
    def queue_file(self) -> Path:
        """SQLite file of the default queue."""
        return self.data / "queue.sqlite"

    @property
    def work_folder(self) -> Path:
        """Scratch space of running stages."""
        return self.data / "work"

    @property
    def uploads_folder(self) -> Path:
        """What users uploaded through the dashboard."""
        return self.data / "uploads"
