"""Rows out of CSV and JSON of every dialect; broken rows are named, the others stay."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scrapers.errors import BadReviewsFile
from scrapers.tables import Table

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=30)
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rows_of(path: Path) -> list[dict[str, object]]:
    with Table(path) as table:
        rows = [row.cells for row in table]
        assert table.problems == []
    return rows


def broken_in(path: Path) -> tuple[list[dict[str, object]], list[str]]:
    with Table(path) as table:
        rows = [row.cells for row in table]
        return rows, [f"{problem.subject}: {problem.message}" for problem in table.problems]


@quick
@given(
    st.lists(st.tuples(cells, cells.filter(str.strip), cells), max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_csv_of_every_dialect_comes_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, end: str, quoting: Any, codec: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([("id", "text", "date"), *rows])
    (tmp_path / "a.csv").write_bytes(buffer.getvalue().encode(codec))
    assert rows_of(tmp_path / "a.csv") == [dict(zip(("id", "text", "date"), row, strict=True)) for row in rows]


@quick
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["id", "text", "rating"]), cells | st.integers() | st.none(), min_size=1
        )
    )
)
def test_json_and_json_lines_come_back_packed_or_not(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    lines = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.jsonl").write_text(lines)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(json.dumps(rows, indent=1).encode("utf-16")))
    (tmp_path / "nameless").write_text(json.dumps(rows))
    for name in ("a.json", "a.jsonl", "a.json.gz", "nameless"):
        assert rows_of(tmp_path / name) == rows


def test_json_lines_under_the_name_of_json_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"text": "a"}\n{"text": "b"}\n')
    assert [row["text"] for row in rows_of(tmp_path / "a.json")] == ["a", "b"]


def test_rows_are_found_inside_a_response(tmp_path: Path) -> None:
    response = {"meta": [{"n": 1}], "data": {"x": {"reviews": [{"comments": "a", "reviewer": {"name": "b"}}]}}}
    (tmp_path / "a.json").write_text(json.dumps(response))
    with Table(tmp_path / "a.json", wanted=lambda names: "comments" in names) as table:
        assert [row.cells for row in table] == [{"comments": "a", "reviewer.name": "b"}]


@pytest.mark.parametrize("document", ["[]", '{"reviews": []}'])
def test_an_empty_list_is_no_row(tmp_path: Path, document: str) -> None:
    (tmp_path / "a.json").write_text(document)
    assert rows_of(tmp_path / "a.json") == []


@pytest.mark.parametrize("document", ["{", '{"a": 1}', "3", "[" * 100_000, '[{"text": "a"}'])
def test_json_without_rows_is_refused(tmp_path: Path, document: str) -> None:
    (tmp_path / "a.json").write_text(document)
    with pytest.raises(BadReviewsFile):
        Table(tmp_path / "a.json")


def test_a_broken_line_of_json_is_left_out_by_number(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n\n{"text": \n7\n{"text": "b"}\n')
    rows, problems = broken_in(tmp_path / "a.jsonl")
    assert [row["text"] for row in rows] == ["a", "b"]
    assert problems[0].startswith("a.jsonl, line 3: is not valid JSON")
    assert problems[1].startswith("a.jsonl, line 4: is neither an object nor a text")


def test_a_row_with_too_many_fields_is_left_out_by_number(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n1,fine\n2,no, quotes\n3,good,,\n4\n")
    rows, problems = broken_in(tmp_path / "a.csv")
    assert rows == [{"id": "1", "text": "fine"}, {"id": "3", "text": "good"}, {"id": "4"}]
    assert problems == ["a.csv, line 3: has 3 fields where the header has 2; left out"]


@pytest.mark.parametrize("rest", ["", '5,"quoted, too"\n'])
def test_a_quote_that_is_never_closed_costs_one_row_not_the_rest(tmp_path: Path, rest: str) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,fine\n2,"oh no\n3,good\n4,nice\n' + rest)
    rows, problems = broken_in(tmp_path / "a.csv")
    assert [row["id"] for row in rows] == ["1", "3", "4", *(["5"] if rest else [])]
    assert len(problems) == 1
    assert problems[0].startswith("a.csv, line 3: ")


def test_stray_and_escaped_quotes_are_forgiven_where_the_row_adds_up(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,a 5" screen\n2,"the "best" place"\n3,"said \\"wow\\", twice"\n')
    rows, problems = broken_in(tmp_path / "a.csv")
    assert [row["text"] for row in rows] == ['a 5" screen', 'the best" place"', 'said "wow", twice']
    assert problems == []


def test_line_breaks_inside_quotes_count_as_lines(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,"a\nb\nc"\n2,x,y\n')
    rows, problems = broken_in(tmp_path / "a.csv")
    assert rows == [{"id": "1", "text": "a\nb\nc"}]
    assert problems[0].startswith("a.csv, line 5: ")


def test_only_the_first_broken_rows_are_named_the_others_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,text\n" + "1,a,b\n" * 50)
    _, problems = broken_in(tmp_path / "a.csv")
    assert len(problems) == 21
    assert problems[-1] == "a.csv: 30 more broken rows were left out"


def test_the_separator_line_of_spreadsheets_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\n\nid;text\n1;a, b\n")
    assert rows_of(tmp_path / "a.csv") == [{"id": "1", "text": "a, b"}]


def test_guesses_and_cut_files_are_reported(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id,text\n1,très bien\n".encode("cp1252"))
    rows, problems = broken_in(tmp_path / "a.csv")
    assert rows[0]["text"] == "très bien"
    assert problems == ["a.csv: is not UTF-8; it was read as Western European (Windows-1252)"]
    packed = gzip.compress("".join(f"{i},{hash(str(i))}\n" for i in range(9999)).encode())
    (tmp_path / "b.csv.gz").write_bytes(packed[: len(packed) // 2])
    rows, problems = broken_in(tmp_path / "b.csv.gz")
    assert len(rows) > 1000
    assert problems == ["b.csv.gz: is cut off; only the rows before that were read"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"id,text\n"])
def test_files_without_rows_have_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert rows_of(tmp_path / "a.csv") == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.jsonl", "a.csv.gz", "a"]))
def test_rubbish_is_refused_or_read_never_worse(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    try:
        broken_in(tmp_path / name)
    except BadReviewsFile as error:
        assert error.advice
