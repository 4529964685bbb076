"""The view graph of a home: which photos show the same room, and why.

Joining two rooms by mistake is worse than splitting one: each step asks for more evidence the more photos it
would put together. What it must not fall for: a picture, a lamp or a view from the window that two rooms share.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

EdgeRole = Literal["joins", "attaches", "supports", "small spot", "too weak"]


@dataclass(frozen=True)
class PairEvidence:
    """What two photos have in common.

    Attributes:
        a, b: ids of the photos.
        matches: matched features, independent of each other.
        epipolar, planar: how many of them fit one epipolar geometry, and one plane.
        coherent: inliers that moved together with their neighbours.
        score: minus log10 of the expected number of false geometries (see ``pair_evidence``).
        extent: share of either photo that the coherent inliers span.
    """

    a: str
    b: str
    matches: int
    epipolar: int
    planar: int
    coherent: int
    score: float
    extent: tuple[float, float]

    @property
    def span(self) -> float:
        """Geometric mean of the two extents."""
        return float((self.extent[0] * self.extent[1]) ** 0.5)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class GraphRules:
    """When photos are taken to show one room.

    Attributes:
        certain: score from which an edge joins two photos by itself.
        likely: score from which an edge may attach a photo that is alone; far above what unrelated photos
            reach by chance (about 2 in a hundred thousand pairs).
        groups: total score of the certain edges that join two groups of two photos or more.
        margin: by how much a lone photo must score higher with one group than with any other.
        min_span: smaller common spots are a thing that may stand in two rooms, not a room.
    """

    certain: float = 20.0
    likely: float = 5.0
    groups: float = 60.0
    margin: float = 3.0
    min_span: float = 0.03

    def __post_init__(self) -> None:
        if not 0 < self.likely <= self.certain <= self.groups:
            raise ValueError("0 < likely <= certain <= groups is needed")


@dataclass(frozen=True)
class Edge:
    """An edge of the view graph and what it did.

    ``joins``: it put two photos (or their groups) together; ``attaches``: it added a lone photo; ``supports``:
    both photos were in one group anyway; ``small spot`` and ``too weak``: it was cut.
    """

    evidence: PairEvidence
    role: EdgeRole


def build_groups(
    photos: list[str], pairs: Iterable[PairEvidence], rules: GraphRules | None = None
) -> tuple[list[tuple[str, ...]], list[Edge]]:
    """Group photos into rooms.

    Args:
        photos: ids, in the order of the listing.
        pairs: evidence about pairs of them; pairs without an entry have none.

    Returns:
        The groups, largest first (ties: the one that the listing shows first), photos in listing order; and
        every edge worth showing, best first.
    """
    rules = rules or GraphRules()
    ranked = sorted((p for p in pairs if p.score >= rules.likely), key=lambda p: (-p.score, p.a, p.b))
    usable = [pair for pair in ranked if pair.span >= rules.min_span]
    certain = [pair for pair in usable if pair.score >= rules.certain]
    group = {photo: index for index, photo in enumerate(photos)}
    roles = _joined(certain, group, rules) | _attached(photos, usable, group, rules)
    edges = [Edge(pair, roles.get((pair.a, pair.b)) or _idle_role(pair, group, rules)) for pair in ranked]
    return _ordered(photos, group), edges


def _joined(
    certain: list[PairEvidence], group: dict[str, int], rules: GraphRules
) -> dict[tuple[str, str], EdgeRole]:
    """Put together, in ``group``, what certain edges join; the edges that did."""
    roles: dict[tuple[str, str], EdgeRole] = {}
    while (pair := next((p for p in certain if _joins(p, certain, group, rules)), None)) is not None:
        _merge(group, group[pair.a], group[pair.b])
        roles[pair.a, pair.b] = "joins"
    return roles


def _attached(
    photos: list[str], usable: list[PairEvidence], group: dict[str, int], rules: GraphRules
) -> dict[tuple[str, str], EdgeRole]:
    """Add, in ``group``, the lone photos that clearly belong to one group; the edges that did."""
    roles: dict[tuple[str, str], EdgeRole] = {}
    for photo, pair in _attachments(photos, usable, group, rules):
        other = pair.b if pair.a == photo else pair.a
        _merge(group, group[other], group[photo])
        roles[pair.a, pair.b] = "attaches"
    return roles


def _joins(pair: PairEvidence, certain: list[PairEvidence], group: dict[str, int], rules: GraphRules) -> bool:
    ours = {group[pair.a], group[pair.b]}
    if len(ours) == 1:
        return False
    sizes = [sum(index == one for index in group.values()) for one in ours]
    if min(sizes) < 2:
        return True
    return sum(p.score for p in certain if {group[p.a], group[p.b]} == ours) >= rules.groups


def _attachments(
    photos: list[str], usable: list[PairEvidence], group: dict[str, int], rules: GraphRules
) -> list[tuple[str, PairEvidence]]:
    """Lone photos with the edge that ties each to one group of several photos, and clearly to that one."""
    members = list(group.values())
    found = []
    for photo in photos:
        if members.count(group[photo]) > 1:
            continue
        best: dict[int, PairEvidence] = {}
        for pair in usable:
            if photo in (pair.a, pair.b):
                best.setdefault(group[pair.b if pair.a == photo else pair.a], pair)
        choices = list(best.values())
        if not choices or members.count(next(iter(best))) < 2:
            continue
        if len(choices) == 1 or choices[0].score >= choices[1].score + rules.margin:
            found.append((photo, choices[0]))
    return found


def _merge(group: dict[str, int], into: int, away: int) -> None:
    for photo, index in group.items():
        if index == away:
            group[photo] = into


def _idle_role(pair: PairEvidence, group: dict[str, int], rules: GraphRules) -> EdgeRole:
    if group[pair.a] == group[pair.b]:
        return "supports"
    return "small spot" if pair.span < rules.min_span else "too weak"


def _ordered(photos: list[str], group: dict[str, int]) -> list[tuple[str, ...]]:
    by_group: dict[int, list[str]] = {}
    for photo in photos:
        by_group.setdefault(group[photo], []).append(photo)
    return sorted(
        (tuple(members) for members in by_group.values()), key=lambda m: (-len(m), photos.index(m[0]))
    )
