"""Numbers in words a reader would use."""

from pipeline.wording import counted, enumerated


def test_one_is_singular_and_all_else_is_plural() -> None:
    assert [counted(number, "photo") for number in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]


def test_the_last_of_several_is_joined_by_and() -> None:
    assert [enumerated(words) for words in (["2"], ["2", "5"], ["2", "3", "5"])] == [
        "2",
        "2 and 5",
        "2, 3 and 5",
    ]
