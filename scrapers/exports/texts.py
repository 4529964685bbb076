"""A review out of the pieces in which some sites keep it: a headline, what was liked, what was not. Pure."""

from __future__ import annotations

from scrapers.exports.words import words

PLUS, MINUS = "+", "-"


def join_pieces(text: str, title: str, positive: str, negative: str) -> str:
    """One text, a line for each piece; praise and criticism keep their sign."""
    is_made = title.casefold().strip(" .!") in words("made headline")
    lines = [text] if is_made or title == text else [title, text]
    signed = ((PLUS, positive), (MINUS, negative))
    lines += [f"{sign} {piece}" for sign, piece in signed if not is_nothing(piece)]
    return "\n".join(line for line in lines if line.strip())


def is_nothing(text: str) -> bool:
    """Whether a field was filled in only to say that there is nothing to say."""
    return text.casefold().strip().strip("!").rstrip(".").strip() in words("nothing") or not text.strip()
