"""Errors that a user can act on.

::

    Impossible                       a stage has no result for these inputs, and says why
    |-- pipeline.rooms.scene.errors.RoomError and its children
    UnknownSource                    (see scrapers.errors.CollectError for the rest of collecting)
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
