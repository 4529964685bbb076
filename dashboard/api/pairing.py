"""Which programs may use the API: a code that the dashboard shows once becomes a token of theirs.

Of a token only its digest is kept, in ``paired.json`` of the data folder.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import secrets
import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.config import Settings

FILE: Final = "paired.json"
#: a code is good for so long, and for one client
CODE_S: Final = 600.0
#: wrong codes after which no code is good any more: guessing one of 2^39 cannot succeed
MOST_WRONG: Final = 10
#: clients that are kept; the oldest is forgotten
MOST_CLIENTS: Final = 100
_CODE_CHARACTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE_LENGTH: Final = 8
_TOKEN_BYTES: Final = 32


class Client(BaseModel):
    """A paired client.

    Attributes:
        id: to revoke it by.
        digest: SHA-256 of its token.
        origin: of the extension that paired, if it was one; the token is good for no other.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    digest: str
    origin: str | None = None
    since: dt.datetime


class _Clients(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    clients: tuple[Client, ...] = ()


class WrongCode(ValueError):
    """The code is not one that is shown now."""


class Pairings:
    """The paired clients of an installation, and the codes that are shown at the moment.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._lock = threading.Lock()
        self._codes: dict[str, float] = {}
        self._wrong = 0
        self._read: tuple[tuple[int, int] | None, tuple[Client, ...]] = (None, ())

    def new_code(self) -> str:
        """A code to show; it takes the place of the one before."""
        code = "".join(secrets.choice(_CODE_CHARACTERS) for _ in range(_CODE_LENGTH))
        with self._lock:
            self._codes = {code: time.monotonic() + CODE_S}
            self._wrong = 0
        return f"{code[:4]}-{code[4:]}"

    def pair(self, code: str, name: str, origin: str | None = None) -> str:
        """Turn a code into a token; the code is used up.

        Raises:
            WrongCode: it is not shown now.
        """
        given = "".join(character for character in code.upper() if character.isalnum())
        with self._lock:
            good = [
                known
                for known, until_s in self._codes.items()
                if hmac.compare_digest(known.encode(), given.encode()) and time.monotonic() < until_s
            ]
            if not good:
                self._wrong += 1
                if self._wrong >= MOST_WRONG:
                    self._codes.clear()
                raise WrongCode("This code is not shown now. Make a new one on the System page of ShowRoom.")
            self._codes.clear()
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            client = Client(
                id=secrets.token_hex(8),
                name=name,
                digest=_digest(token),
                origin=origin,
                since=dt.datetime.now(dt.UTC).replace(microsecond=0),
            )
            self._write((*self._clients(), client)[-MOST_CLIENTS:])
        return token

    def client(self, token: str) -> Client | None:
        """Whose token it is; ``None``: nobody's."""
        digest = _digest(token)
        with self._lock:
            return next((one for one in self._clients() if hmac.compare_digest(one.digest, digest)), None)

    def clients(self) -> tuple[Client, ...]:
        """All that are paired, the oldest first."""
        with self._lock:
            return self._clients()

    def revoke(self, client_id: str) -> None:
        """Forget a client; its token is no longer good."""
        with self._lock:
            self._write(tuple(one for one in self._clients() if one.id != client_id))

    def _clients(self) -> tuple[Client, ...]:
        """What the file says; it is read again when it changed, for another process may have written it."""
        try:
            state = self._file.stat()
        except OSError:
            return ()
        mark = (state.st_mtime_ns, state.st_size)
        if self._read[0] != mark:
            try:
                found = _Clients.model_validate_json(self._file.read_bytes()).clients
            except (OSError, ValidationError):
                found = ()
            self._read = (mark, found)
        return self._read[1]

    def _write(self, clients: tuple[Client, ...]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_name(f".{secrets.token_hex(4)}-{FILE}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(_Clients(clients=clients).model_dump_json(indent=1).encode())
            part.replace(self._file)
        finally:
            part.unlink(missing_ok=True)
        self._read = (None, ())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=4)
def _of(folder: Path) -> Pairings:
    return Pairings(folder)


def pairings() -> Pairings:
    """Those of the current settings; one object for each data folder, pages and routes share it."""
    return _of(Settings().data)
