"""What a student should say: the truth of made rooms, or a teacher's maps, which are computed once and kept."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.checkpoints import fingerprint
from models.fast3r import Fast3R
from pipeline.distill.data.scenes import Batch, Scene, collate
from pipeline.distill.losses import Target
from pipeline.distill.training.students import maps_and_tokens

#: half precision holds points up to here
_FARTHEST = 6e4
Told = tuple[list[Target], list[Tensor] | None]


class Targets(Protocol):
    """What the maps of a batch should be."""

    def of(self, batch: Batch) -> Told:
        """Targets of all views, and the teacher's tokens if they are wanted."""
        ...


class Truth:
    """The geometry that made rooms come with."""

    def of(self, batch: Batch) -> Told:
        """See :meth:`pipeline.distill.data.scenes.Batch.truth`."""
        return batch.truth(), None


class Teacher:
    """A teacher whose maps lie in a folder, in half precision, one file for each scene and order of views.

    Args:
        source: folder, file or hub id of its weights; read when the first map is missing.
        cache: where the maps lie; other weights get a folder of their own in there.
        device: where it runs.
        tokens: whether its tokens are kept, too.
        keep: whether anything is kept.
    """

    def __init__(
        self, source: str, cache: Path, device: str = "cpu", *, tokens: bool = False, keep: bool = True
    ) -> None:
        place = Path(source)
        name = fingerprint(place) if place.exists() else hashlib.sha256(source.encode()).hexdigest()[:12]
        self.source, self.device, self.tokens, self.keep = source, device, tokens, keep
        self.folder = cache / (f"{name}_tokens" if tokens else name)
        self._model: Fast3R | None = None

    @property
    def model(self) -> Fast3R:
        """The teacher.

        Raises:
            WeightsError: it cannot be read.
        """
        if self._model is None:
            self._model = Fast3R.from_pretrained(self.source, device=self.device)
        return self._model

    def of(self, batch: Batch) -> Told:
        """Its maps of a batch: read if they are kept, else computed; the same bits either way."""
        stored = [self._stored(scene) for scene in batch.scenes]
        maps = {name: torch.stack([scene[name] for scene in stored]).float() for name in stored[0]}
        views = range(len(batch.views))
        targets = [
            Target(
                maps["points"][:, view],
                maps["local"][:, view],
                maps["confidence"][:, view].exp(),
                maps["local_confidence"][:, view].exp(),
                torch.ones(maps["confidence"][:, view].shape, dtype=torch.bool),
            )
            for view in views
        ]
        return targets, [maps["tokens"][:, view] for view in views] if self.tokens else None

    def _stored(self, scene: Scene) -> dict[str, Tensor]:
        file = self.folder / f"{hashlib.sha256(scene.key.encode()).hexdigest()[:24]}.safetensors"
        if self.keep and file.is_file():
            return load_file(file)
        maps = self._computed(scene)
        if self.keep:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(f".{id(self)}.part")
            save_file(maps, partial)
            partial.replace(file)
        return maps

    @torch.no_grad()
    def _computed(self, scene: Scene) -> dict[str, Tensor]:
        views = [view.to(self.device) for view in collate([scene]).views]
        seed = int.from_bytes(hashlib.sha256(scene.key.encode()).digest()[:4], "big")
        maps, tokens = maps_and_tokens(self.model, views, seed)
        told = {
            "points": _stacked([view.pts3d_in_other_view for view in maps]),
            "local": _stacked([view.pts3d_local for view in maps]),
            "confidence": _stacked([view.conf for view in maps], log=True),
            "local_confidence": _stacked([view.conf_local for view in maps], log=True),
        }
        return told | ({"tokens": _stacked(tokens)} if self.tokens else {})


def _stacked(views: Sequence[Tensor | None], *, log: bool = False) -> Tensor:
    """One scene's maps over all views in half precision."""
    known = [view[0].cpu().float() for view in views if view is not None]
    if len(known) < len(views):
        raise ValueError("a teacher needs a local head and confidences")
    whole = torch.stack(known)
    return (whole.log() if log else whole.clamp(-_FARTHEST, _FARTHEST)).half().contiguous()


def moved(target: Sequence[Target], device: torch.device) -> list[Target]:
    """Targets on a device."""
    return [
        Target(
            view.points.to(device),
            view.local.to(device),
            None if view.confidence is None else view.confidence.to(device),
            None if view.local_confidence is None else view.local_confidence.to(device),
            view.valid.to(device),
        )
        for view in target
    ]
