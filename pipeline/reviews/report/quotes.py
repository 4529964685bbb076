"""Choosing sentences to quote: real ones, of a handy length, one per review and wording."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipeline.reviews.report.report_records import Quote
from pipeline.reviews.text import Sentence, Sentences, names_somebody

#: characters: shorter says little, longer is not read
_HANDY: Final = (25, 200)
#: quotes whose scores are nearer than this are equally strong, so that the newer one is shown; by hand: the
#: probabilities behind the scores are right to about as much (docs/how_reviews_are_read.md)
_STEP: Final = 0.1
#: a sign of these scripts says as much as two letters
_DENSE: Final = frozenset({"ko", "zh", "ja"})


def quote(row: Sentence) -> Quote:
    """The sentence as it is shown."""
    return Quote(
        review_id=row.review_id,
        text=row.text,
        start=row.start,
        end=row.end,
        language=row.language,
        date=row.date,
        rating=row.rating,
        translation=row.translation,
    )


def handiness(row: Sentence) -> float:
    """1 for a handy length, less for shorter and longer sentences."""
    length = len(row.text) * (2 if row.language in _DENSE else 1)
    if length < _HANDY[0]:
        return length / _HANDY[0]
    return min(1.0, _HANDY[1] / length)


def wording(row: Sentence) -> str:
    """What two sentences share if they say the same with other signs."""
    return "".join(sign for sign in row.text.casefold() if sign.isalnum())


def _days(row: Sentence) -> int:
    return 0 if row.date is None else row.date.toordinal()


def best_quotes(sentences: Sentences, scored: Iterable[tuple[int, float]], count: int) -> tuple[Quote, ...]:
    """The best of ``scored`` (row, score), one per review and wording, none that names a person.

    By score and handiness in steps of :data:`_STEP`; of equal ones the newer.
    """
    ranked = sorted(
        (item for item in scored if not names_somebody(sentences.rows[item[0]].text, sentences.people)),
        key=lambda item: (
            -round(item[1] * handiness(sentences.rows[item[0]]) / _STEP),
            -_days(sentences.rows[item[0]]),
            wording(sentences.rows[item[0]]),
            sentences.rows[item[0]].review_id,
        ),
    )
    chosen: list[Quote] = []
    seen: set[str] = set()
    for index, _ in ranked:
        row = sentences.rows[index]
        marks = {"review " + row.review_id, wording(row)}
        if not marks & seen:
            seen |= marks
            chosen.append(quote(row))
        if len(chosen) == count:
            break
    return tuple(chosen)
