"""A plan as SVG for browsers, DXF for drawing programs, and PNG for everything else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from pipeline.sizing.plan import Layer, Plan, Point

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

#: pixels of a metre in SVG and PNG
_PX_PER_M: Final = 100.0
_LETTER_PX: Final = 19
#: the plan is as light as the paper it is printed on, whatever the page around it
_PAPER: Final = "#ffffff"
#: colour and width (metres) of the lines of each layer
_LOOK: Final[dict[Layer, tuple[str, float]]] = {
    Layer.HATCH: ("#b9c3bd", 0.012),
    Layer.WALL: ("#16211f", 0.07),
    Layer.UNSEEN: ("#8a978f", 0.03),
    Layer.DIMENSION: ("#0f6b63", 0.018),
    Layer.CAMERA: ("#a2541a", 0.022),
    Layer.SCALE: ("#5a6864", 0.022),
}
#: lengths of strokes and gaps of a side that was not seen, metres
_DASH_M: Final = 0.16
#: colours of the layers in a DXF (AutoCAD colour index)
_DXF_COLOURS: Final[dict[Layer, int]] = {
    Layer.WALL: 7,
    Layer.UNSEEN: 8,
    Layer.HATCH: 9,
    Layer.DIMENSION: 4,
    Layer.CAMERA: 30,
    Layer.SCALE: 8,
}
_DXF_LETTER_M: Final = 0.18
FORMATS: Final = ("svg", "dxf", "png")


def write_plan(plan: Plan, path: Path) -> None:
    """Write the plan in the format that the file's ending names.

    Raises:
        ValueError: no such format.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise ValueError(f"A plan is written as {', '.join(FORMATS)}, not as {path.suffix or path.name!r}.")
    path.write_bytes(plan_bytes(plan, suffix))


def plan_bytes(plan: Plan, ending: str) -> bytes:
    """The plan as a file of one of :data:`FORMATS`."""
    if ending == "png":
        return png(plan)
    return (svg(plan) if ending == "svg" else dxf(plan)).encode()


def _place(plan: Plan, point: Point) -> tuple[float, float]:
    """A point of the plan in pixels, y down."""
    return _PX_PER_M * (point[0] - plan.low[0]), _PX_PER_M * (plan.high[1] - point[1])


def _size_px(plan: Plan) -> tuple[int, int]:
    width, height = (plan.high[k] - plan.low[k] for k in (0, 1))
    return round(_PX_PER_M * width), round(_PX_PER_M * height)


def svg(plan: Plan) -> str:
    """The plan as SVG; its numbers are text, its lines scale."""
    width, height = _size_px(plan)
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width} {height}", role="img")
    root.set("width", str(width))
    root.set("height", str(height))
    SubElement(root, "title").text = f"Plan of {plan.title}"
    SubElement(root, "rect", width=str(width), height=str(height), fill=_PAPER)
    for layer, (colour, width_m) in _LOOK.items():
        group = SubElement(root, "g", id=layer.value.lower(), stroke=colour, fill="none")
        group.set("stroke-width", f"{_PX_PER_M * width_m:.1f}")
        group.set("stroke-linecap", "round")
        if layer is Layer.UNSEEN:
            group.set("stroke-dasharray", f"{_PX_PER_M * _DASH_M:.0f}")
        strokes = [line for line in plan.lines if line.layer is layer]
        path = "".join(_stroke(plan, line.start, line.end) for line in strokes)
        if path:
            SubElement(group, "path", d=path)
    for one in plan.words:
        x, y = _place(plan, one.at)
        text = SubElement(root, "text", x=f"{x:.1f}", y=f"{y:.1f}", fill=_LOOK[one.layer][0])
        text.set("font-family", "system-ui, sans-serif")
        text.set("font-size", str(_LETTER_PX))
        text.set("text-anchor", "middle")
        text.set("dominant-baseline", "central")
        if one.turned:
            text.set("transform", f"rotate(-90 {x:.1f} {y:.1f})")
        text.text = one.text
    return tostring(root, encoding="unicode")


def _stroke(plan: Plan, start: Point, end: Point) -> str:
    (x0, y0), (x1, y1) = _place(plan, start), _place(plan, end)
    return f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"


def dxf(plan: Plan) -> str:
    """The plan as DXF (R2010) in metres, one layer for each kind of line."""
    from ezdxf import filemanagement, units
    from ezdxf.enums import TextEntityAlignment

    drawing = filemanagement.new("R2010", setup=True)
    drawing.units = units.M
    for layer, colour in _DXF_COLOURS.items():
        drawing.layers.add(
            layer.value, color=colour, linetype="DASHED" if layer is Layer.UNSEEN else "CONTINUOUS"
        )
    space = drawing.modelspace()
    for line in plan.lines:
        space.add_line(line.start, line.end, dxfattribs={"layer": line.layer.value})
    for one in plan.words:
        text = space.add_text(
            one.text,
            height=_DXF_LETTER_M,
            rotation=90.0 if one.turned else 0.0,
            dxfattribs={"layer": one.layer.value},
        )
        text.set_placement(one.at, align=TextEntityAlignment.MIDDLE_CENTER)
    stream = io.StringIO()
    drawing.write(stream)
    return stream.getvalue()


def png(plan: Plan) -> bytes:
    """The plan as PNG."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", _size_px(plan), _PAPER)
    draw = ImageDraw.Draw(picture)
    for layer, (colour, width_m) in _LOOK.items():
        wide = max(1, round(_PX_PER_M * width_m))
        for line in plan.lines:
            if line.layer is layer:
                for start, end in (
                    _dashes(line.start, line.end) if layer is Layer.UNSEEN else [(line.start, line.end)]
                ):
                    draw.line([_place(plan, start), _place(plan, end)], fill=colour, width=wide)
    for one in plan.words:
        _write(picture, _place(plan, one.at), one.text, _LOOK[one.layer][0], turned=one.turned)
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def _dashes(start: Point, end: Point) -> list[tuple[Point, Point]]:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    count = max(1, int(length / _DASH_M))

    def at(share: float) -> Point:
        return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])

    return [(at(k / count), at((k + 1) / count)) for k in range(0, count, 2)]


def _write(picture: Picture, at: tuple[float, float], words: str, colour: str, *, turned: bool) -> None:
    """Words in the middle of a place, turned to the left where they stand upright."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(_LETTER_PX)
    left, top, right, bottom = font.getbbox(words)
    sheet = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(sheet).text((2 - left, 2 - top), words, fill=255, font=font)
    if turned:
        sheet = sheet.rotate(90, expand=True)
    corner = (round(at[0] - sheet.width / 2), round(at[1] - sheet.height / 2))
    picture.paste(Image.new("RGB", sheet.size, colour), corner, sheet)
