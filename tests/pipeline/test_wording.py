"""Numbers in words a reader would use."""

from pipeline.wording import counted


def test_one_is_singular_and_all_else_is_plural() -> None:
    assert [counted(number, "photo") for number in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]
