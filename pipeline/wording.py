"""Words for numbers and lists."""

from collections.abc import Sequence


def counted(number: int, one: str) -> str:
    """``1 photo``, ``3 photos``; for nouns whose plural ends in s."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def enumerated(words: Sequence[str]) -> str:
    """``2``, ``2 and 5``, ``2, 3 and 5``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
