"""What a student of Fast3R is told about its mistakes.

Relational losses (Park et al., *Relational Knowledge Distillation*, CVPR 2019) in two modes:

* ``seed``: the original recipe. A scene is the means of its views' points, and scenes of a batch are related to
  each other. Whatever keeps these means costs nothing: shuffled points, views mirrored through their mean, one
  point for a whole view. Kept for comparison.
* ``points``: the points of one scene are related to each other, pixel by pixel. All three of these cost.

Both are blind to one scale for a whole scene. Beside them stands the point loss of DUSt3R (Wang et al., CVPR
2024) on a teacher's maps, weighted by its confidence, with the shares of Distill3R: global 2, local 1,
confidence .001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.fast3r import ViewMaps

Mode = Literal["seed", "points"]
#: each point is related to so many others of its scene
PARTNERS = 4
#: weight of the logarithm that keeps a learned confidence from falling (Fast3R: .2)
CONFIDENCE_ALPHA = 0.2
_TINY = 1e-8


@dataclass(frozen=True)
class RelationWeights:
    """Shares of distances, angles and directions (the original: 1, 2, 1)."""

    distance: float = 1.0
    angle: float = 2.0
    cosine: float = 1.0

    def __post_init__(self) -> None:
        if min(self.distance, self.angle, self.cosine) < 0:
            raise ValueError("weights of relations must not be negative")


ORIGINAL = RelationWeights()


def rkd_loss(
    student: Sequence[Float[Tensor, "B H W 3"]],
    teacher: Sequence[Float[Tensor, "B H W 3"]],
    mode: Mode = "points",
    *,
    valid: Sequence[Bool[Tensor, "B H W"]] | None = None,
    weights: RelationWeights = ORIGINAL,
    seed: int = 0,
) -> Float[Tensor, ""]:
    """How far the relations between the student's points are from those between the teacher's.

    Args:
        student, teacher: for each view the points of all pixels in one frame; no gradient goes to the teacher.
        mode: ``points`` relates the pixels of a scene, ``seed`` the mean points of the scenes of a batch.
        valid: pixels where the teacher knows something; all if ``None``. Unused pixels may hold anything.
        weights: of the three parts.
        seed: chooses the partners of each pixel (``points``).

    Returns:
        A scalar: zero where both agree up to scale, finite for one scene too.

    Raises:
        ValueError: lists that do not fit each other, or an unknown mode.
    """
    if mode not in ("seed", "points"):
        raise ValueError(f"mode is {mode!r}; known are 'seed' and 'points'")
    _check(student, teacher, valid)
    known = valid or [torch.ones_like(view[..., 0], dtype=torch.bool) for view in teacher]
    if mode == "seed":
        mine, theirs = (_centroids(points, known) for points in (student, teacher))
        return _between_scenes(mine, theirs.detach(), weights)
    mask = torch.cat([view.flatten(1) for view in known], dim=1)
    mine, theirs = (_joined(points, mask) for points in (student, teacher))
    return _within_scenes(mine, theirs.detach(), mask, weights, seed)


def token_loss(
    student: Sequence[Float[Tensor, "B T _"]], teacher: Sequence[Float[Tensor, "B T _"]], *, seed: int = 0
) -> Float[Tensor, ""]:
    """Relations (distances and angles) between the tokens of a scene; widths may differ.

    Raises:
        ValueError: other numbers of views, scenes or tokens.
    """
    if not student or [view.shape[:2] for view in student] != [view.shape[:2] for view in teacher]:
        raise ValueError("student and teacher must have tokens of the same views, as many of each")
    mine, theirs = torch.cat(list(student), dim=1), torch.cat(list(teacher), dim=1).detach()
    mask = torch.ones(mine.shape[:2], dtype=torch.bool, device=mine.device)
    return _within_scenes(mine, theirs, mask, RelationWeights(cosine=0.0), seed)


def _check(student: Sequence[Tensor], teacher: Sequence[Tensor], valid: Sequence[Tensor] | None) -> None:
    if not student or len(student) != len(teacher) or (valid is not None and len(valid) != len(student)):
        raise ValueError(
            f"{len(student)} views of the student and {len(teacher)} of the teacher; at least one of each"
        )
    for number, (mine, theirs) in enumerate(zip(student, teacher, strict=True)):
        if mine.ndim != 4 or mine.shape[-1] != 3 or mine.shape != theirs.shape or len(mine) != len(student[0]):
            raise ValueError(
                f"view {number} is {tuple(mine.shape)} of the student, {tuple(theirs.shape)} of the teacher; "
                f"expected (B, H, W, 3) twice, B the same for all views"
            )
        if valid is not None and valid[number].shape != mine.shape[:3]:
            raise ValueError(f"valid of view {number} is {tuple(valid[number].shape)}; expected (B, H, W)")


def _joined(views: Sequence[Tensor], mask: Tensor) -> Float[Tensor, "B N 3"]:
    """All points of each scene in a row; what is not known is zero."""
    points = torch.cat([view.flatten(1, 2) for view in views], dim=1)
    return torch.where(mask[..., None], points, torch.zeros_like(points))


def _centroids(views: Sequence[Tensor], known: Sequence[Tensor]) -> Float[Tensor, "B F"]:
    """The original's feature of a scene: the mean point of each view."""
    means = []
    for points, mask in zip(views, known, strict=True):
        kept = torch.where(mask[..., None], points, torch.zeros_like(points))
        means.append(kept.sum(dim=(1, 2)) / mask.sum(dim=(1, 2)).clamp(min=1)[:, None])
    return torch.cat(means, dim=1)


def _between_scenes(mine: Tensor, theirs: Tensor, weights: RelationWeights) -> Tensor:
    cosine = (1 - F.cosine_similarity(mine, theirs, dim=1)).mean()
    distance, angle = mine.new_zeros(()), mine.new_zeros(())
    if len(mine) > 1:
        distance = F.smooth_l1_loss(_distances(mine), _distances(theirs))
        angle = F.smooth_l1_loss(_angles(mine), _angles(theirs))
    return weights.distance * distance + weights.angle * angle + weights.cosine * cosine


def _distances(scenes: Float[Tensor, "B F"]) -> Float[Tensor, "B B"]:
    """Distances between scenes over their mean."""
    distance = _length(scenes[:, None] - scenes[None])
    pairs = len(scenes) * (len(scenes) - 1)
    return distance / (distance.sum() / pairs).clamp(min=_TINY)


def _angles(scenes: Float[Tensor, "B F"]) -> Float[Tensor, "B B B"]:
    """Cosine of the angle at each scene between every two others."""
    toward = F.normalize(scenes[None] - scenes[:, None], dim=2, eps=_TINY)
    return toward @ toward.transpose(1, 2)


def _within_scenes(
    mine: Float[Tensor, "B N D"],
    theirs: Float[Tensor, "B N E"],
    mask: Bool[Tensor, "B N"],
    weights: RelationWeights,
    seed: int,
) -> Tensor:
    share = mask / mask.sum(dim=1, keepdim=True).clamp(min=1)
    total = mine.new_zeros(())
    if weights.cosine:
        toward = [points - (points * share[..., None]).sum(dim=1, keepdim=True) for points in (mine, theirs)]
        apart = 1 - F.cosine_similarity(toward[0], toward[1], dim=2)
        total = total + weights.cosine * (apart * share).sum(dim=1).mean()
    partners = _partners(mine.shape[1], seed)
    both = torch.stack([mask & mask[:, turn] for turn in partners])
    part = both / both.sum(dim=(0, 2), keepdim=True).clamp(min=1)
    steps = [torch.stack([points[:, turn] - points for turn in partners]) for points in (mine, theirs)]
    lengths = [_over_mean(_length(step), part) for step in steps]
    error = F.smooth_l1_loss(lengths[0], lengths[1], reduction="none")
    total = total + weights.distance * (error * part).sum(dim=(0, 2)).mean()
    corners = both[:-1] & both[1:]
    part = corners / corners.sum(dim=(0, 2), keepdim=True).clamp(min=1)
    turns = [F.cosine_similarity(step[:-1], step[1:], dim=3, eps=_TINY) for step in steps]
    error = F.smooth_l1_loss(turns[0], turns[1], reduction="none")
    return total + weights.angle * (error * part).sum(dim=(0, 2)).mean()


def _partners(count: int, seed: int) -> list[Tensor]:
    """Seeded permutations: the partners of every point, so that each takes part equally often."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randperm(count, generator=generator) for _ in range(PARTNERS)]


def _over_mean(lengths: Float[Tensor, "R B N"], part: Float[Tensor, "R B N"]) -> Float[Tensor, "R B N"]:
    return lengths / (lengths * part).sum(dim=(0, 2), keepdim=True).clamp(min=_TINY)


def _length(step: Tensor) -> Tensor:
    """Norm of the last axis, with no gradient (instead of none at all) where it is zero."""
    length: Tensor = torch.linalg.vector_norm(step, dim=-1)
    return length


@dataclass(frozen=True)
class LossWeights:
    """Shares of what :func:`distillation_loss` adds up.

    Attributes:
        relations: of :func:`rkd_loss`.
        mode: of the relations.
        tokens: of :func:`token_loss`, where both have tokens.
        global_points, local_points, confidence: of the point loss (Distill3R: 2, 1, .001).
    """

    relations: float = 1.0
    mode: Mode = "points"
    tokens: float = 0.0
    global_points: float = 2.0
    local_points: float = 1.0
    confidence: float = 0.001

    def __post_init__(self) -> None:
        shares = (self.relations, self.tokens, self.global_points, self.local_points, self.confidence)
        if min(shares) < 0 or not any(shares):
            raise ValueError("shares of the loss must not be negative, and one must be above zero")


@dataclass(frozen=True)
class Target:
    """What one view's maps should be: a teacher's, or the truth.

    Attributes:
        points: global, in the frame of the first view.
        local: in the view's own frame.
        confidence, local_confidence: of a teacher; ``None`` for the truth.
        valid: pixels that count.
    """

    points: Float[Tensor, "B H W 3"]
    local: Float[Tensor, "B H W 3"]
    confidence: Float[Tensor, "B H W"] | None
    local_confidence: Float[Tensor, "B H W"] | None
    valid: Bool[Tensor, "B H W"]


def distillation_loss(
    student: Sequence[ViewMaps],
    target: Sequence[Target],
    weights: LossWeights,
    *,
    tokens: tuple[Sequence[Tensor], Sequence[Tensor]] | None = None,
    seed: int = 0,
) -> tuple[Float[Tensor, ""], dict[str, float]]:
    """The weighted sum, and its parts as numbers.

    Args:
        student: maps of all views.
        target: what they should be.
        weights: shares of the parts; a part without a share is not computed.
        tokens: of student and teacher, for ``weights.tokens``.
        seed: of the partners.
    """
    valid = [view.valid for view in target]
    parts: dict[str, Tensor] = {}
    if weights.relations:
        mine, theirs = [view.pts3d_in_other_view for view in student], [view.points for view in target]
        parts["relations"] = rkd_loss(mine, theirs, weights.mode, valid=valid, seed=seed)
    if weights.tokens and tokens is not None:
        parts["tokens"] = token_loss(tokens[0], tokens[1], seed=seed)
    if weights.global_points or weights.local_points or weights.confidence:
        parts |= _point_parts(student, target)
    shares = {"relations": weights.relations, "tokens": weights.tokens, "global": weights.global_points}
    shares |= {"local": weights.local_points, "confidence": weights.confidence}
    total = torch.stack([shares[name] * part for name, part in parts.items()]).sum()
    return total, {name: float(part.detach()) for name, part in parts.items()}


def _point_parts(student: Sequence[ViewMaps], target: Sequence[Target]) -> dict[str, Tensor]:
    """Global and local point loss, and the loss of both confidences."""
    valid = [view.valid for view in target]
    error, confidence = _point_loss(
        [view.pts3d_in_other_view for view in student],
        [view.points for view in target],
        [view.conf for view in student],
        [view.confidence for view in target],
        valid,
    )
    parts = {"global": error, "confidence": confidence}
    local = [view.pts3d_local for view in student if view.pts3d_local is not None]
    if local:
        error, confidence = _point_loss(
            local,
            [view.local for view in target],
            [view.conf_local for view in student],
            [view.local_confidence for view in target],
            valid,
        )
        parts |= {"local": error, "confidence": parts["confidence"] + confidence}
    return parts


def _point_loss(
    student: Sequence[Tensor],
    target: Sequence[Tensor],
    told: Sequence[Tensor | None],
    known: Sequence[Tensor | None],
    valid: Sequence[Tensor],
) -> tuple[Tensor, Tensor]:
    """Mean distance of scale-free points, by the teacher's confidence; and the loss of the confidence."""
    mask = torch.cat([view.flatten(1) for view in valid], dim=1)
    mine, theirs = _joined(student, mask), _joined(target, mask).detach()
    share = mask / mask.sum(dim=1, keepdim=True).clamp(min=1)
    apart = _length(_scale_free(mine, share) - _scale_free(theirs, share))
    teacher = _joined_maps(known)
    trust = share if teacher is None else share * teacher.detach()
    trust = trust / trust.sum(dim=1, keepdim=True).clamp(min=_TINY)
    error = (apart * trust).sum(dim=1).mean()
    mine_says = _joined_maps(told)
    if mine_says is None:
        return error, error.new_zeros(())
    if teacher is None:
        doubt = mine_says * apart.detach() - CONFIDENCE_ALPHA * mine_says.log()
    else:
        doubt = (mine_says.log() - teacher.detach().log()).abs()
    return error, (doubt * share).sum(dim=1).mean()


def _scale_free(points: Float[Tensor, "B N 3"], share: Float[Tensor, "B N"]) -> Float[Tensor, "B N 3"]:
    """Points over their mean distance from the origin (DUSt3R's normalisation)."""
    mean = (_length(points) * share).sum(dim=1).clamp(min=_TINY)
    return points / mean[:, None, None]


def _joined_maps(views: Sequence[Tensor | None]) -> Float[Tensor, "B N"] | None:
    known = [view.flatten(1) for view in views if view is not None]
    return torch.cat(known, dim=1) if len(known) == len(views) else None
