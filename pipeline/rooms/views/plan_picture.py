"""A plan of the room from above, as SVG: what photos saw, where they were taken, which view is missing.

The standard library's ElementTree writes it, so names of rooms and photos are text whatever they hold.
"""

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np
from jaxtyping import Float

from pipeline.rooms.scene import PointMaps
from pipeline.rooms.views.next_best_view import Candidate, ViewDecision
from pipeline.rooms.views.unseen import Face, HoleReport, Seen

#: width of the plan, px; by definition
_WIDTH_PX: Final = 720.0
#: around the room, px; by definition: a camera at the wall fits in
_MARGIN_PX: Final = 64.0
#: below the room for the legend, px; by definition
_LEGEND_PX: Final = 34
#: thickness of a wall, px; by definition
_WALL_PX: Final = 10.0
#: length of a camera's cone, px; by definition
_CAMERA_PX: Final = 46.0
#: a new camera stands so far before its photo's, px; by definition: both numbers stay legible
_ASIDE_PX: Final = 16
#: cells overlap by this, so that no gap shows, px; by definition
_OVERLAP_PX: Final = 0.6
#: width of a letter, px; by definition: about that of a sans serif of 13 px
_LETTER_PX: Final = 7.2
_COLOURS: Final = {Seen.SEEN: "#3c7d6b", Seen.HIDDEN: "#d99a3d", Seen.OUTSIDE: "#c8523f", Seen.OPEN: "#8fb8d8"}
_WORDS: Final = {
    Seen.SEEN: "on a photo",
    Seen.HIDDEN: "behind something",
    Seen.OUTSIDE: "on no photo",
    Seen.OPEN: "open",
}
_FLOOR: Final = {Seen.SEEN: "#e7f0ec", Seen.HIDDEN: "#f5e6cc", Seen.OUTSIDE: "#f3d9d3", Seen.OPEN: "#e3edf5"}


class _Sheet:
    """Room coordinates to pixels: x to the right, y up."""

    def __init__(self, holes: HoleReport) -> None:
        size = np.maximum(holes.high - holes.low, 1e-3)
        self.scale = (_WIDTH_PX - 2 * _MARGIN_PX) / float(size[0])
        self.height = float(size[1]) * self.scale + 2 * _MARGIN_PX + _LEGEND_PX
        self.low, self.high = holes.low, holes.high

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (
            _MARGIN_PX + (x - float(self.low[0])) * self.scale,
            _MARGIN_PX + (float(self.high[1]) - y) * self.scale,
        )


def draw_plan(maps: PointMaps, holes: HoleReport, decision: ViewDecision) -> str:
    """The plan as an SVG document; safe to embed (all text is escaped)."""
    sheet = _Sheet(holes)
    plan = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH_PX:.0f} {sheet.height:.0f}",
            "role": "img",
            "aria-label": f"Plan of the room: {decision.reason}",
            "font-family": "sans-serif",
            "font-size": "13",
        },
    )
    for face in holes.faces:
        if face.name == "floor":
            _floor(plan, sheet, face)
    for face in holes.faces:
        if face.axis < 2:
            _wall(plan, sheet, face)
    for number, view in enumerate(maps.views, start=1):
        half = float(np.arctan(view.image.shape[1] / 2 / view.K[0, 0]))
        _camera(plan, sheet, view.world_from_camera, half, str(number), f"photo {view.photo_id}", "#1f3b4d")
    for number, candidate in enumerate(decision.chosen, start=1):
        _chosen(plan, sheet, candidate, number)
    _legend(plan, sheet)
    return tostring(plan, encoding="unicode")


def _rectangle(plan: Element, middle: tuple[float, float], width: float, height: float, colour: str) -> None:
    x, y = middle
    SubElement(
        plan,
        "rect",
        x=f"{x - width / 2:.1f}",
        y=f"{y - height / 2:.1f}",
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        fill=colour,
    )


def _floor(plan: Element, sheet: _Sheet, face: Face) -> None:
    step_x, step_y = (float(face.centres[-1, -1, k] - face.centres[0, 0, k]) for k in (0, 1))
    width = step_x / max(face.state.shape[0] - 1, 1) * sheet.scale
    height = step_y / max(face.state.shape[1] - 1, 1) * sheet.scale
    for (i, j), state in np.ndenumerate(face.state):
        x, y = sheet.at(*map(float, face.centres[i, j, :2]))
        middle = (x + _OVERLAP_PX / 2, y + _OVERLAP_PX / 2)
        _rectangle(plan, middle, width + _OVERLAP_PX, height + _OVERLAP_PX, _FLOOR[Seen(state)])


def _wall(plan: Element, sheet: _Sheet, face: Face) -> None:
    """Each stretch of the wall in the colour of what most of its height is."""
    along = 1 - face.axis
    for i in range(face.state.shape[0]):
        state = Seen(int(np.bincount(face.state[i], minlength=len(Seen)).argmax()))
        x, y = sheet.at(*map(float, face.centres[i, 0, :2]))
        length = abs(float(face.centres[-1, 0, along] - face.centres[0, 0, along]))
        step = length / max(face.state.shape[0] - 1, 1) * sheet.scale + _OVERLAP_PX
        outward = -face.sign * _WALL_PX / 2
        x, y = (x + outward, y) if face.axis == 0 else (x, y - outward)
        width, height = (_WALL_PX, step) if face.axis == 0 else (step, _WALL_PX)
        _rectangle(plan, (x, y), width, height, _COLOURS[state])


def _camera(
    plan: Element,
    sheet: _Sheet,
    world_from_camera: Float[np.ndarray, "4 4"],
    half_rad: float,
    label: str,
    title: str,
    colour: str,
    dashes: str = "",
) -> None:
    x, y = sheet.at(*map(float, world_from_camera[:2, 3]))
    ahead = world_from_camera[:2, 2]
    heading = float(np.arctan2(ahead[1], ahead[0]))
    turns = (heading - half_rad, heading + half_rad)
    corners = [(x, y), *((x + _CAMERA_PX * np.cos(turn), y - _CAMERA_PX * np.sin(turn)) for turn in turns)]
    group = SubElement(plan, "g")
    SubElement(group, "title").text = title
    seen = {"fill": colour, "fill-opacity": "0.18", "stroke": colour, "stroke-width": "1.5"}
    if dashes:
        seen["stroke-dasharray"] = dashes
    SubElement(group, "polygon", seen, points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners))
    SubElement(group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="9", fill=colour)
    look = {"text-anchor": "middle", "fill": "#fff", "font-size": "12"}
    SubElement(group, "text", look, x=f"{x:.1f}", y=f"{y + 4.5:.1f}").text = label


def _chosen(plan: Element, sheet: _Sheet, candidate: Candidate, number: int) -> None:
    viewpoint = candidate.viewpoint
    half = float(np.arctan(viewpoint.width_px / 2 / viewpoint.K[0, 0]))
    title = f"new view {number}: {candidate.name}, +{candidate.gain_m2:.1f} m2"
    pose = viewpoint.world_from_camera.copy()
    # beside the photo's own mark, towards where the new view looks
    pose[:2, 3] += pose[:2, 2] * _ASIDE_PX / sheet.scale
    _camera(plan, sheet, pose, half, f"+{number}", title, "#b03a7a", "5 3")


def _legend(plan: Element, sheet: _Sheet) -> None:
    x, y = _MARGIN_PX, sheet.height - 20
    for state in (Seen.SEEN, Seen.HIDDEN, Seen.OUTSIDE, Seen.OPEN):
        _rectangle(plan, (x + 6, y - 4), 12, 12, _COLOURS[state])
        SubElement(plan, "text", x=f"{x + 18:.0f}", y=f"{y:.0f}", fill="#333").text = _WORDS[state]
        x += 40 + _LETTER_PX * len(_WORDS[state])
