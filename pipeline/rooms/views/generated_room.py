"""``GeneratedRoom``: the point maps with the views that were made up, and how they came about."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from pipeline.rooms.scene import PointMaps
from pipeline.rooms.views.original_rule import Outcome

_PLAN: Final = "plan.svg"


@dataclass(frozen=True)
class AddedView:
    """One generated view, for the record.

    Attributes:
        photo_id: under which it stands in the point maps.
        name: where its camera stands, in words.
        before, after: the picture as rendered and as filled.
        unknown: what was filled.
        backend: that filled it; ``notes`` says which ones failed before.
        gain_m2: unseen area that it was expected to show.
    """

    photo_id: str
    name: str
    before: UInt8[np.ndarray, "H W 3"]
    after: UInt8[np.ndarray, "H W 3"]
    unknown: Bool[np.ndarray, "H W"]
    backend: str
    gain_m2: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GeneratedRoom:
    """Point maps with the generated views, and how they came about.

    Attributes:
        maps: the photos' views, unchanged, then the generated ones.
        outcome, reason: of the decision: whether a view was needed and possible.
        added: the generated views.
        holes_before, holes_after: rows of the hole report (square metres).
        unseen_before, unseen_after: share of floor, ceiling and walls on no picture.
        plan: the decision as a picture (SVG): the room from above.
        original: what the original's rule says (outcome, reason, photo_id, side), for three photos.
        ranked: what each place to stand would have shown (square metres), best first.
        notes: what did not go as planned.
    """

    maps: PointMaps
    outcome: Outcome
    reason: str
    added: tuple[AddedView, ...]
    holes_before: list[dict[str, float | str]] = field(default_factory=list)
    holes_after: list[dict[str, float | str]] = field(default_factory=list)
    unseen_before: float = 0.0
    unseen_after: float = 0.0
    plan: str = ""
    original: dict[str, str | None] | None = None
    ranked: list[dict[str, float | str]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write the point maps, ``views.json``, ``plan.svg``, and three pictures for each generated view."""
        self.maps.save(folder / "maps")
        rows = []
        for index, view in enumerate(self.added):
            for name in ("before", "after"):
                Image.fromarray(getattr(view, name)).save(folder / _picture(index, name))
            Image.fromarray(view.unknown).save(folder / _picture(index, "mask"))
            rows.append(
                {
                    "photo_id": view.photo_id,
                    "name": view.name,
                    "backend": view.backend,
                    "gain_m2": view.gain_m2,
                    "notes": view.notes,
                }
            )
        head = {
            "outcome": self.outcome,
            "reason": self.reason,
            "views": rows,
            "holes_before": self.holes_before,
            "holes_after": self.holes_after,
            "unseen_before": self.unseen_before,
            "unseen_after": self.unseen_after,
            "original": self.original,
            "ranked": self.ranked,
            "notes": self.notes,
        }
        (folder / _PLAN).write_text(self.plan, encoding="utf-8")
        (folder / "views.json").write_text(json.dumps(head, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head: dict[str, Any] = json.loads((folder / "views.json").read_text(encoding="utf-8"))
        rows = head.pop("views")
        pictures = [
            [_read(folder / _picture(index, name)) for name in ("before", "after", "mask")]
            for index in range(len(rows))
        ]
        added = [
            AddedView(
                photo_id=row["photo_id"],
                name=row["name"],
                before=before,
                after=after,
                unknown=mask.astype(bool),
                backend=row["backend"],
                gain_m2=row["gain_m2"],
                notes=tuple(row["notes"]),
            )
            for row, (before, after, mask) in zip(rows, pictures, strict=True)
        ]
        outcome, notes = Outcome(head.pop("outcome")), tuple(head.pop("notes"))
        maps, plan = PointMaps.load(folder / "maps"), (folder / _PLAN).read_text(encoding="utf-8")
        return cls(maps=maps, outcome=outcome, added=tuple(added), plan=plan, notes=notes, **head)

    def pictures(self, folder: Path) -> list[tuple[str, Path, int, int]]:
        """Of each generated picture in ``folder``: its photo id, file, width and height in pixels."""
        return [
            (view.photo_id, folder / _picture(index, "after"), view.after.shape[1], view.after.shape[0])
            for index, view in enumerate(self.added)
        ]


def _picture(index: int, name: str) -> str:
    return f"view_{index + 1:02d}_{name}.png"


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)
