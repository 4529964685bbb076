"""Errors that a user can act on.

::

    Impossible                       a stage has no result for these inputs, and says why
    |-- pipeline.rooms.scene.errors.RoomError and its children
    |-- pipeline.rooms.processes.ProcessFailed
    UnknownSource                    (see scrapers.errors.CollectError for the rest of collecting)

    InstallationError                this installation cannot do it now: one sentence, and what to do
    |-- Unreachable                  a server is away for longer than one waits
    |-- Damaged                      a file that ShowRoom wrote is not what it wrote
    |   `-- DamagedResult            (a KeyError, too) of one stored result
    |-- DiskFull                     there is no room for the result; the work goes on once there is
    |-- WrongSettings                the settings cannot work
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

from pipeline.left_out import LeftOut, all_as_plain, all_from_plain

IMPOSSIBLE_FILE = "impossible.json"


class Impossible(Exception):
    """A stage has no result for these inputs; the analysis goes on without it.

    Args:
        message: what is missing, in one sentence.
        advice: what the user can do about it, for example what to photograph next.
        left_out: photo id to the reason why the photo could not be used.

    Attributes:
        lasting: whether the same inputs give the same answer, so that it may be kept in the store.
    """

    lasting: ClassVar[bool] = True

    def __init__(self, message: str, advice: str, left_out: dict[str, LeftOut] | None = None) -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice
        self.left_out = dict(left_out or {})

    def save(self, folder: Path) -> None:
        """Write the answer into ``folder`` in place of a result."""
        answer = {"message": self.message, "advice": self.advice, "left_out": all_as_plain(self.left_out)}
        (folder / IMPOSSIBLE_FILE).write_text(json.dumps(answer), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Impossible | None:
        """The answer kept in ``folder``, ``None`` if it holds a result."""
        path = folder / IMPOSSIBLE_FILE
        if not path.exists():
            return None
        answer = json.loads(path.read_text(encoding="utf-8"))
        return Impossible(answer["message"], answer["advice"], all_from_plain(answer["left_out"]))


class InstallationError(Exception):
    """The place where ShowRoom runs keeps it from its work.

    Args:
        message: what is wrong, in one sentence.
        advice: what to do about it.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}"


class Unreachable(InstallationError):
    """A server or a shared folder did not answer for as long as one waits."""


class Damaged(InstallationError):
    """A file that ShowRoom keeps is cut off, overwritten or gone."""


class DamagedResult(Damaged, KeyError):
    """A stored result is not as it was written; as good as not there, until it is made anew."""


class DiskFull(InstallationError):
    """The disk has no room for the next result; what was finished is kept."""


class WrongSettings(InstallationError):
    """The settings name something that cannot work."""
