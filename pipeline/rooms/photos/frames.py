"""What was put round a photo, or made of several: borders, letterboxes, rounded corners, banners, collages.

A border is a strip of one colour along a side that ends in one straight step. Flat things of a room end little
by little, or somewhere else in every column. A collage has such a step, or a thin line of one colour, straight
through the middle or at thirds of the picture.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt8

#: a border's pixels differ so little from its colour, levels; JPEG at quality 75 moves flat colours by up to 6
_FLAT = 12
#: share of the pixels of a line that may differ more, share; specks of dust of a scan, effect not measured
_SPECKS = 0.005
#: a step between border and photo, levels; set by hand above _FLAT
_STEP = 14
#: lines that a step may be blurred over, px; JPEG and resampling blur over one or two
_BLUR_PX = 2
#: a step may begin so many lines before it is one: JPEG rings through a block, px; by definition 8 and one
_BLOCK_PX = 9
#: share of the pixels that such a block may change, share; set by hand, framed copies at JPEG quality 60 to 85
_RINGING = 0.3
#: what a step is taken for that is none, share of its size; below _STEP_SHARE, so that others must speak for it
_NO_STEP = 0.39
#: a line that has so little of the step is half border, and goes, share; by definition between 0 and 1
_BLURRED = 0.75
#: share of a border's inner edge that is such a step; no side of 150 real photos has a border at .4
_STEP_SHARE = 0.4
#: the same where it is the only border of the photo, or other sides speak for it, share; set by hand, as above
_ALONE_SHARE, _BACKED_SHARE = 0.9, 0.12
#: thinnest border, px; thinner ones are no more than the blur of a resampling
_THINNEST_PX = 2
#: a border that stands alone is at least so thick, share of the side; set by hand, effect not measured
_ALONE_THICK = 0.015
#: thickest border, share of the side; by definition: a photo 21:9 in a square leaves two of 29 %
_THICKEST = 0.4
#: borders of one frame have colours so near, levels; set by hand, effect not measured
_SAME_COLOUR = 14
#: borders within borders that are taken off, count; a line, a mat and a line
_NESTED = 3
#: share of a banner's pixels that have its colour; set by hand: a line of letters leaves .4
_BANNER_SHARE = 0.3
#: how far they may be from it, levels; JPEG moves flat colours beside letters
_BANNER_OFF = 4
#: brightest colour of a banner, levels; by definition: blown-out ceilings are brighter
_BLOWN_OUT = 250
#: thickest banner, share of the height; set by hand, effect not measured
_BANNER_THICK = 0.2
#: largest radius of a rounded corner, share of the shorter side; set by hand, effect not measured
_ROUND = 0.15
#: side over diagonal of what a rounded corner leaves, none; by definition r / (r (1 - 1 / sqrt 2))
_ROUND_RATIO = 3.41
#: and how far that may be off, share; pixels of small corners are coarse
_ROUND_OFF = 0.4
#: a seam of a collage is a step along so much of it, share; the four true collages of 150 real photos have .93
#: and more, the others near the middle and thirds .91 and less
_SEAM_SHARE = 0.88
#: and in every eighth of it, share; the same photos: .22 at most where the share is met, collages .63 and more
_SEAM_PART = 0.45
#: and so much of the change around it happens at one line, share; collages .84 and more
_SEAM_SHARP = 0.7
#: the same share and part where the seam halves the picture to a pixel, shares; no true photo of the 150 meets
#: them there, and walls of two photos may be alike
_HALF_SHARE, _HALF_PART = 0.7, 0.2
#: how far from the half that is, px; by definition
_HALF_OFF_PX = 1.5
#: a seam's step, levels; walls of two photos of one flat differ by 16 or more along nine tenths
_SEAM_STEP = 16
#: where seams are, shares of the side, and how far from there; true collages .482 to .516
_SEAM_PLACES, _SEAM_OFF = (1 / 3, 1 / 2, 2 / 3), 0.025
#: thickest gutter between photos of a collage, share of the side; set by hand, effect not measured
_GUTTER = 0.06
#: pieces are cut no smaller than this, px; by definition: a smaller one shows no room
_LEAST_PX = 64

Pixels = Int16[np.ndarray, "H W 3"]


@dataclass(frozen=True)
class Cut:
    """The part of a file that is a photo.

    Attributes:
        left, top, right, bottom: taken off each side of the upright file, px.
    """

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __post_init__(self) -> None:
        if min(self.left, self.top, self.right, self.bottom) < 0:
            raise ValueError("nothing negative can be cut off")

    def __bool__(self) -> bool:
        return any((self.left, self.top, self.right, self.bottom))

    def size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Width and height of what is left of a file."""
        return width_px - self.left - self.right, height_px - self.top - self.bottom

    def more(self, other: "Cut") -> "Cut":
        """This and then another one."""
        return Cut(
            self.left + other.left, self.top + other.top, self.right + other.right, self.bottom + other.bottom
        )

    def of(self, image: UInt8[np.ndarray, "_ _ 3"] | Pixels) -> np.ndarray:
        """What is left of a picture of the file's size."""
        height, width = image.shape[:2]
        return image[self.top : height - self.bottom, self.left : width - self.right]


#: of a photo without borders
NOTHING: Final = Cut()


def find_cut(image: UInt8[np.ndarray, "H W 3"]) -> Cut:
    """What was put round a photo, at the size of its file (a border of two pixels is lost in smaller ones)."""
    pixels: Pixels = image.astype(np.int16)
    cut = Cut()
    for _ in range(_NESTED):
        found = _borders(cut.of(pixels)) or _banner(cut.of(pixels))
        if not found:
            break
        cut = cut.more(found)
    corners = _round_corners(cut.of(pixels))
    return cut.more(Cut(corners, corners, corners, corners))


def pieces_of(image: UInt8[np.ndarray, "H W 3"]) -> int:
    """How many photos a picture is made of; 1 for a photo."""
    return _pieces(image.astype(np.int16), first=True)


@dataclass(frozen=True)
class _Strip:
    """Lines of one colour along a side: how many, the share of the step at their end, their colour."""

    depth: int
    step: float
    colour: Float[np.ndarray, "3"]


def _borders(pixels: Pixels) -> Cut:
    """Borders of one colour, where the sides agree on them."""
    if min(pixels.shape[:2]) < _LEAST_PX:
        return Cut()
    strips = [_strip(lines) for lines in _from_each_side(pixels)]
    sure = [
        side for side, strip in enumerate(strips) if strip.depth >= _THINNEST_PX and strip.step >= _STEP_SHARE
    ]
    return Cut(*(_taken(side, strips, sure, pixels.shape) for side in range(4)))


def _taken(side: int, strips: list[_Strip], sure: list[int], shape: tuple[int, ...]) -> int:
    """Lines of a side's border: it has one with another side, or by itself."""
    strip, opposite = strips[side], strips[(side + 2) % 4]
    alike = [
        other
        for other in sure
        if other != side and np.abs(strips[other].colour - strip.colour).max() <= _SAME_COLOUR
    ]
    if side in sure:
        alone = strip.step >= _ALONE_SHARE and strip.depth >= _ALONE_THICK * shape[1 - side % 2]
        return strip.depth if alike or alone else 0
    if strip.depth < _THINNEST_PX:
        return 0
    if len(alike) > 1 and strip.step >= _BACKED_SHARE:
        return strip.depth
    # a photo that goes on in the border's colour: as thick as on the other side
    return opposite.depth if (side + 2) % 4 in alike and strip.depth >= opposite.depth - _BLUR_PX else 0


def _from_each_side(pixels: Pixels) -> list[Pixels]:
    """The picture as lines from its left, top, right and bottom side inwards."""
    columns = pixels.transpose(1, 0, 2)
    return [columns, pixels, columns[::-1], pixels[::-1]]


def _strip(lines: Pixels) -> _Strip:
    """Lines of one colour from a side inwards, and how straight they end."""
    colour = np.median(lines[0], axis=0)
    if _other(lines[:_THINNEST_PX], colour).max() > _SPECKS:  # as with nearly every photo
        return _Strip(0, 0.0, colour)
    most = int(_THICKEST * len(lines))
    shares = _other(lines[: most + _BLOCK_PX], colour)
    others = np.flatnonzero(shares > _SPECKS)
    if not len(others) or others[0] >= most:
        return _Strip(most, 0.0, colour)
    first = int(others[0])
    ended = first + np.flatnonzero(shares[first : first + _BLOCK_PX] >= _STEP_SHARE)
    if not len(ended) or shares[first : ended[0]].max(initial=0.0) > _RINGING:
        return _Strip(first, float(shares[first : first + _BLUR_PX + 1].max()) * _NO_STEP, colour)
    depth = int(ended[0])
    within = lines[depth : depth + _BLUR_PX + 1]
    at, beyond = (np.abs(line - colour).max(axis=1) for line in (within[0], within[-1]))
    stepped = beyond > _STEP
    blurred = stepped.any() and np.median(at[stepped] / beyond[stepped]) < _BLURRED
    return _Strip(depth + int(blurred), float(stepped.mean()), colour)


def _banner(pixels: Pixels) -> Cut:
    """A strip of one colour with letters on it, below or above the photo."""
    if min(pixels.shape[:2]) < _LEAST_PX:
        return Cut()
    return Cut(top=_banner_lines(pixels), bottom=_banner_lines(pixels[::-1]))


def _banner_lines(lines: Pixels) -> int:
    most = int(_BANNER_THICK * len(lines))
    colour = np.median(lines[0], axis=0)
    if colour.min() > _BLOWN_OUT:
        return 0
    same = (np.abs(lines[: most + 1] - colour).max(axis=2) <= _BANNER_OFF).mean(axis=1)
    other = np.flatnonzero(same < _BANNER_SHARE)
    depth = int(other[0]) if len(other) else 0
    if depth < max(_ALONE_THICK * len(lines), _THINNEST_PX):
        return 0
    own = np.abs(lines[depth - 1] - colour).max(axis=1) <= _BANNER_OFF
    beyond = np.abs(lines[min(depth + 1, len(lines) - 1)] - colour).max(axis=1) > _STEP
    return depth + 1 if beyond[own].mean() >= _ALONE_SHARE else 0


def _round_corners(pixels: Pixels) -> int:
    """Pixels to take off every side so that no rounded corner is left; 0 where corners are square."""
    height, width = pixels.shape[:2]
    most = int(_ROUND * min(height, width))
    if most < _THINNEST_PX:
        return 0
    diagonals, sides, colours = [], [], []
    for flipped in (pixels, pixels[:, ::-1], pixels[::-1], pixels[::-1, ::-1]):
        colour = flipped[0, 0]
        like = np.abs(flipped[:most, :most] - colour).max(axis=2) <= _FLAT
        diagonals.append(_run(np.diagonal(like)))
        sides += [_run(like[0]), _run(like[:, 0])]
        colours.append(colour)
    least, _, third, _ = sorted(diagonals)  # the fourth may go on into a part of the photo of that colour
    same = np.ptp(np.array(colours), axis=0).max() <= _SAME_COLOUR
    if least < _THINNEST_PX or third > (1 + _ROUND_OFF) * least + 1 or not same:
        return 0
    ratio = float(np.median(sides)) / third
    return third + 1 if abs(ratio / _ROUND_RATIO - 1) <= _ROUND_OFF and np.median(sides) < most else 0


def _run(flags: Bool[np.ndarray, " N"]) -> int:
    """How many are true before the first that is not."""
    return int(np.argmin(flags)) if not flags.all() else len(flags)


def _pieces(pixels: Pixels, first: bool = False) -> int:
    """Pieces on both sides of every seam; a piece may have seams of its own, across."""
    if min(pixels.shape[:2]) < _LEAST_PX:
        return 1
    for lines in (pixels.transpose(1, 0, 2), pixels):
        seams = _seams(lines)
        if seams:
            edges = [0, *seams, len(lines)]
            parts = [lines[a:b] for a, b in pairwise(edges)]
            return sum(_pieces(part) for part in parts) if first else len(parts)
    return 1


def _seams(lines: Pixels) -> list[int]:
    """Lines, by number, at which one photo ends and another begins."""
    found = []
    for place in _SEAM_PLACES:
        low, high = round((place - _SEAM_OFF) * len(lines)), round((place + _SEAM_OFF) * len(lines)) + 1
        at = _step_seam(lines, low, high) or _gutter(lines, low, high)
        if at is not None:
            found.append(at)
    return found


def _step_seam(lines: Pixels, low: int, high: int) -> int | None:
    """The line before which nearly every pixel makes a sudden step."""
    near = lines[low - 3 : high + 3]
    steps = np.abs(np.diff(near, axis=0)).max(axis=2)
    shares = (steps > _SEAM_STEP).mean(axis=1)
    for k in np.flatnonzero(shares >= _HALF_SHARE):
        if not 2 <= k < len(steps) - 2:
            continue
        halves = abs(low - 3 + k + 1 - len(lines) / 2) <= _HALF_OFF_PX
        if not halves and shares[k] < _SEAM_SHARE:
            continue
        stepped = steps[k] > _SEAM_STEP
        parts = min(part.mean() for part in np.array_split(stepped, 8))
        wide = np.abs(near[k + 3] - near[k - 2]).max(axis=1)
        sharp = np.median(steps[k][stepped] / np.maximum(wide[stepped], 1))
        if parts >= (_HALF_PART if halves else _SEAM_PART) and sharp >= _SEAM_SHARP:
            return int(low - 3 + k + 1)
    return None


def _gutter(lines: Pixels, low: int, high: int) -> int | None:
    """The middle of a thin line of one colour with steps on both sides."""
    widest = int(_GUTTER * len(lines)) + 1
    few = lines[low:high, :: max(1, lines.shape[1] // _LEAST_PX)]
    plain = np.median(np.abs(few - np.median(few, axis=1, keepdims=True)).max(axis=2), axis=1) <= _FLAT
    for k in (low + np.flatnonzero(plain)).tolist():
        colour = np.median(lines[k], axis=0)
        if _other(lines[k : k + 1], colour)[0] > _SPECKS:
            continue
        after, before = (
            _flat_run(lines[k : k + widest + 1], colour),
            _flat_run(lines[k::-1][: widest + 1], colour),
        )
        if after + before - 1 > widest:
            continue
        ends = (lines[min(k + after + 1, len(lines) - 1)], lines[max(k - before - 1, 0)])
        if min((np.abs(end - colour).max(axis=1) > _STEP).mean() for end in ends) >= _STEP_SHARE:
            return int(k)
    return None


def _flat_run(lines: Pixels, colour: Float[np.ndarray, "3"]) -> int:
    return _run(_other(lines, colour) <= _SPECKS)


def _other(lines: Pixels, colour: Float[np.ndarray, "3"]) -> Float[np.ndarray, " N"]:
    """Share of the pixels of each line that have another colour."""
    shares: Float[np.ndarray, " N"] = (np.abs(lines - colour).max(axis=2) > _FLAT).mean(axis=1)
    return shares
