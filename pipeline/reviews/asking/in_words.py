"""An answer in a sentence, for pages and terminals alike."""

from __future__ import annotations

from pipeline.reviews.asking.ask import Answer
from pipeline.wording import counted


def answer_words(answer: Answer) -> str:
    """``7 of 168 reviews speak of it: 5 praise, 2 blame``; or that nobody does."""
    if answer.nobody:
        return f"Nobody speaks of it in {counted(answer.of, 'review')}"
    verb = "speaks" if answer.speaking == 1 else "speak"
    told = f"{answer.speaking} of {counted(answer.of, 'review')} {verb} of it"
    if answer.newest is not None:
        told += f", the newest of {answer.newest:%B %Y}"
    return f"{told}: {answer.praising} with praise, {answer.blaming} with criticism"
