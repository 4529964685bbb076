"""Words for numbers."""


def counted(number: int, one: str) -> str:
    """``1 photo``, ``3 photos``; for nouns whose plural ends in s."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
