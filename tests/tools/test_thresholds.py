"""The tables of thresholds: read from comments, written between markers, nothing else touched."""

from pathlib import Path

import pytest

from benchmarks.sensitivity.rows import Kept, Row
from tools.thresholds import filled, inline_numbers, table, thresholds


def test_a_comment_gives_meaning_and_data(tmp_path: Path) -> None:
    module = tmp_path / "walls.py"
    module.write_text(
        "#: how far a point may lie from its wall, metres;\n#: n8: .02 to .05 the same\n"
        "NEAR_M: float = 0.04\nBARE = 7\ndef f(x):\n    return 12.5 * x + 2 * 1e-9\n"
    )
    near, bare = thresholds(module, tmp_path)
    assert (near.name, near.value) == ("NEAR_M", "0.04")
    assert near.meaning == "how far a point may lie from its wall, metres"
    assert near.data == "n8: .02 to .05 the same"
    assert (bare.meaning, bare.data) == ("", "")
    assert inline_numbers(module) == [(6, 12.5)]


def test_a_table_replaces_only_what_stands_between_the_markers(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("#: x, metres; by definition\nA = 1\n")
    page = filled("Head\n<!-- thresholds -->\nold\n<!-- /thresholds -->\nTail\n", tmp_path)
    assert page == f"Head\n<!-- thresholds -->\n{table(tmp_path)}<!-- /thresholds -->\nTail\n"
    assert "| [`A`](a.py) | `1` | x, metres | by definition |" in page
    with pytest.raises(ValueError, match="needs the lines"):
        filled("no markers", tmp_path)


def test_a_varied_number_says_what_came_out_as_long_as_it_keeps_its_value(tmp_path: Path) -> None:
    wing, kept = tmp_path / "wing", tmp_path / "kept"
    wing.mkdir()
    module = wing / "walls.py"
    module.write_text("#: x, metres; set by hand, effect not measured\nNEAR_M = 0.04\n")
    row = Row(
        "walls.py", "NEAR_M", "0.04", "0.028", "0.052", "part", "3 photos", {"AbsRel": 0.061},
        {"AbsRel": 0.0634}, {"AbsRel": 0.061}, {"AbsRel": True},
    )  # fmt: skip
    Kept("wing", (row,)).save(kept)
    told = "set by hand; AbsRel .061, at 0.028 .0634, at 0.052 .061 on 3 photos"
    assert f"| x, metres | {told} |" in table(wing, kept)
    module.write_text("#: x, metres; set by hand, effect not measured\nNEAR_M = 0.05\n")
    assert "| x, metres | set by hand, effect not measured |" in table(wing, kept)
