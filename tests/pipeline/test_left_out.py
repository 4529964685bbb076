"""Why a photo has no camera: a reason with its numbers, kept as it was, put in words where it is shown."""

import json
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from pipeline.errors import Impossible
from pipeline.left_out import _SENTENCES, LeftOut, LeftOutReason, in_words
from pipeline.report import ListingReport, RoomReport
from pipeline.rooms.scene.cameras import Cameras, SparsePoints
from pipeline.rooms.scene.point_maps import PointMaps


def _every_reason() -> dict[str, LeftOut]:
    """One of each, with numbers that differ, and one that was tried two ways."""
    found = {}
    for reason in LeftOutReason:
        places = sum(field is not None for _, field, _, _ in Formatter().parse(_SENTENCES[reason]))
        told = reason == LeftOutReason.TOLD
        found[reason.value] = LeftOut(
            reason, () if told else tuple(range(31, 31 + places)), told="an old sentence" if told else ""
        )
    link = LeftOut(LeftOutReason.POINTS_DISAGREE, (12, 40))
    found["both"] = LeftOut(LeftOutReason.FEW_POINTS_KNOWN, (7,), moreover=link)
    return found


def test_every_reason_has_words_of_its_own_that_name_its_numbers() -> None:
    reasons = _every_reason()
    words = {name: in_words(why) for name, why in reasons.items()}
    assert len(set(words.values())) == len(words)
    for name, why in reasons.items():
        assert all(str(number) in words[name] for number in why.numbers)
        assert "{" not in words[name]
    assert words["both"] == (
        "only 7 of its points are known from other photos; only 12 of 40 points agree on one place"
    )


def test_a_reason_without_its_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="too_small goes with 2 numbers, not 1"):
        LeftOut(LeftOutReason.TOO_SMALL, (3,))
    with pytest.raises(ValueError, match="told"):
        LeftOut(LeftOutReason.ALONE, told="because")


def test_plain_form_gives_the_reason_back_through_json() -> None:
    for why in _every_reason().values():
        assert LeftOut.from_plain(json.loads(json.dumps(why.as_plain()))) == why


def test_reasons_come_back_equal_from_a_stored_report(tmp_path: Path) -> None:
    room = RoomReport(room_id="hall", name="Hall", status="built", left_out=_every_reason())
    report = ListingReport(listing_id="a", listing_key="k", options={}, seed=0, rooms=(room,))
    report.save(tmp_path)
    assert ListingReport.load(tmp_path) == report


def test_reasons_come_back_equal_from_stored_cameras_and_point_maps(tmp_path: Path) -> None:
    nothing = SparsePoints(
        np.zeros((0, 3)), np.zeros((0, 3), np.uint8), np.zeros(0), np.zeros(0, int), np.zeros(0, int),
        np.zeros((0, 2)),
    )  # fmt: skip
    Cameras((), nothing, _every_reason()).save(tmp_path)
    assert Cameras.load(tmp_path).left_out == _every_reason()
    PointMaps((), "classical", left_out=_every_reason()).save(tmp_path)
    assert PointMaps.load(tmp_path).left_out == _every_reason()


def test_reasons_come_back_equal_from_a_kept_answer(tmp_path: Path) -> None:
    Impossible("No views.", "Take more.", _every_reason()).save(tmp_path)
    kept = Impossible.load(tmp_path)
    assert kept is not None
    assert (kept.message, kept.advice, kept.left_out) == ("No views.", "Take more.", _every_reason())


def test_a_report_of_version_0_1_is_shown_with_the_sentences_that_it_kept() -> None:
    old = {"room_id": "r", "name": "R", "status": "built", "left_out": {"a": "it is too dark"}}
    room = RoomReport.model_validate(old)
    assert in_words(room.left_out["a"]) == "it is too dark"
    assert RoomReport.model_validate_json(room.model_dump_json()) == room
