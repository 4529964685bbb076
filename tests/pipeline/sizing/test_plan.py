"""Plans with lengths: what they draw, and that other programs read them."""

import io
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from ezdxf import filemanagement
from PIL import Image

from pipeline.commands.plans import draw_plans
from pipeline.rooms.sizes import RoomMeasure, sizes_of
from pipeline.sizing.plan import Layer, Plan, plan_of
from pipeline.sizing.plan_files import dxf, png, svg, write_plan
from tests.pipeline.rooms.sizes.measured_box import box
from tests.pipeline.sizing.test_stored import stored


def plan(measure: RoomMeasure) -> Plan:
    return plan_of(measure, sizes_of({"r": measure})["r"], "Attic & <loft>")


def length(found: Plan, layer: Layer) -> float:
    lines = [line for line in found.lines if line.layer is layer]
    return sum(abs(a.end[0] - a.start[0]) + abs(a.end[1] - a.start[1]) for a in lines)


@pytest.mark.parametrize("unit_m", [0.6, 1.0])
def test_walls_are_as_long_as_the_room_whatever_the_units_of_the_maps(unit_m: float) -> None:
    found = plan(box((5.0, 4.0, 2.6), unit_m))
    assert found.floor[1] == pytest.approx((5.0, 4.0), rel=0.01)
    assert length(found, Layer.WALL) == pytest.approx(18.0, rel=0.01)
    assert not length(found, Layer.UNSEEN)
    told = [words.text for words in found.words if words.layer is Layer.DIMENSION]
    assert told[0].startswith("5.0 m (")
    assert told[1].startswith("4.0 m (")
    assert [words.text for words in found.words if words.layer is Layer.CAMERA] == ["1"]
    assert [words.text for words in found.words if words.layer is Layer.SCALE] == ["5 m"] or length(
        found, Layer.SCALE
    )


def test_a_side_on_no_photo_is_dashed_and_its_length_at_least() -> None:
    found = plan(box((5.0, 4.0, 2.6), unseen=((0, -1),)))
    assert length(found, Layer.UNSEEN) == pytest.approx(4.0, rel=0.01)
    assert any(words.text.startswith("at least") for words in found.words)


def test_floor_on_no_photo_is_hatched_and_floor_that_was_seen_is_not() -> None:
    whole = box((5.0, 4.0, 2.6))
    assert not length(plan(whole), Layer.HATCH)
    rows = tuple("0" * len(row) if number < 5 else row for number, row in enumerate(whole.floor.rows))
    floor = type(whole.floor)(whole.floor.origin, whole.floor.cell, rows)
    hatched = [line for line in plan(box((5.0, 4.0, 2.6), floor=floor)).lines if line.layer is Layer.HATCH]
    assert hatched
    assert max(max(line.start[1], line.end[1]) for line in hatched) == pytest.approx(1.0, abs=0.05)


def test_other_programs_read_the_files() -> None:
    found = plan(box(unseen=((1, 1),)))
    root = fromstring(svg(found))  # noqa: S314  made by the line itself
    assert root.tag.endswith("svg")
    assert any("Attic & <loft>" in (node.text or "") for node in root.iter())
    drawing = filemanagement.read(io.StringIO(dxf(found)))
    assert not drawing.audit().errors
    assert drawing.header["$INSUNITS"] == 6, "metres"
    assert {layer.dxf.name for layer in drawing.layers} >= {layer.value for layer in Layer}
    with Image.open(io.BytesIO(png(found))) as picture:
        assert min(picture.size) > 300
        assert len(set(picture.convert("L").getdata())) > 2


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"svg, dxf, png"):
        write_plan(plan(box()), tmp_path / "plan.pdf")


def test_the_plans_of_a_listing_are_written_and_rooms_without_one_say_why(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    files, without = draw_plans(store, report.listing_id, None, tmp_path / "out")
    assert sorted(path.name for path in files) == ["a.dxf", "a.png", "a.svg"]
    assert all(path.stat().st_size > 500 for path in files)
    assert len(without) == 3
    with pytest.raises(KeyError, match="no room 'nope'"):
        draw_plans(store, report.listing_id, "nope", tmp_path / "out")
