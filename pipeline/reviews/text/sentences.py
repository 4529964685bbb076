"""Reviews to sentences, each with its place in the original text."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from pipeline.progress import Progress
from pipeline.reviews.text.boilerplate import is_automated, is_placeholder
from pipeline.reviews.text.glossary import english_reading
from pipeline.reviews.text.people import people_named
from pipeline.reviews.text.words import UNDETERMINED, guess_language, is_latin
from scrapers.listing import Review

SENTENCES_FILE: Final = "sentences.parquet"
#: longer pieces are cut at the last comma or space: MiniLM reads no further than 256 tokens
MAX_SENTENCE_CHARS: Final = 500
#: shorter reviews may well be written twice
_COPY_CHARS: Final = 80
#: the platform's own notes are short: a guest who quotes one writes more
_AUTOMATED_WITHIN: Final = 200
_REVIEWS_PER_REPORT: Final = 500

_LINE_BREAK_TAG: Final = re.compile(r"<\s*(?:br|/?p|/?div|/?li|/?ul)\b[^<>]{0,200}>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
# control, zero-width and bidirectional signs, lone surrogates, non-characters (line feed stays)
_UNSEEN: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]"
)
_BULLET: Final = re.compile(r"(?:[\s\-–—*•·+>#.,;:!?…。、！？~_=|/\\)\]}]+|\s*\d{1,2}[.)]\s+)+")
_LETTER: Final = re.compile(r"[^\W\d_]")
_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

_MARKS: Final = ".!?؟۔।…"
_CLOSERS: Final = r"[\"'”’»」』）)\]]*+"
_EMOJI: Final = "[\u2600-\u27bf\u2b50\ufe0f\U0001f000-\U0001faff]"
_KOREAN_END: Final = r"(?:니다|[어아해예에네세군지거데구래]요|죠|했음|좋음|있음|없음|봄)"
# possessive (``*+``) and bounded throughout: no run of signs, however long, makes it go back and forth
_BOUNDARY: Final = re.compile(
    rf"""
      \n+                                                            # a line of its own
    | [。！？｡]+{_CLOSERS}                                           # Chinese, Japanese
    | (?<![{_MARKS}])[{_MARKS}]++{_CLOSERS}                          # mark and space, maybe emoji between
      (?:(?:\s*+{_EMOJI}++){{0,20}}+(?=\s|$)|(?=\s|$))
    | (?<=[a-zà-ɏ가-힣]{{2}})[.!?]+(?=[A-ZÀ-Þ가-힣])                 # mark, space forgotten
    | (?:{_EMOJI}\s*+){{1,40}}+(?=[A-ZÀ-Þ가-힣])                      # emoji as full stop
    | (?<=[가-힣])\s?(?:[ㅠㅜㅎㅋ]{{2,}}|[~^]{{1,4}})(?=\s)           # 좋아요ㅎㅎ, 좋아요~
    | {_KOREAN_END}(?=\s+[가-힣A-Z])                                 # no mark at all
    """,
    re.VERBOSE,
)
_ABBREVIATION: Final = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|mr|mrs|ms|dr|st|vs|bzw|z\.\s?b|d\.h|inkl|p\.\s?ex|sr|sra|pág|[a-z])\.$",
    re.IGNORECASE,
)
_ABBREVIATION_OR_END: Final = re.compile(
    r"(?:^|[\s(\d])(?:etc|approx|aprox|min|mins|hr|hrs|no|nr|ca|usw|evtl|str|env|ud|uds|a\.m|p\.m)\.$",
    re.IGNORECASE,
)
_ORDINAL: Final = re.compile(r"(?:^|\s)\d{1,2}\.$")


@dataclass(frozen=True)
class Sentence:
    """One sentence of one review.

    Attributes:
        review_id: the review that it comes from.
        index: position among the review's sentences, from 0.
        text: cleaned: no tags, no control characters, single spaces.
        start, end: where it stands in the review's original text, in characters.
        language: BCP 47 primary code; ``und`` where nobody can tell.
        date, rating: of the review.
        translation: of this sentence, where the source translated the review sentence by sentence.
        automated: whether the platform wrote it, not a guest.
    """

    review_id: str
    index: int
    text: str
    start: int
    end: int
    language: str = UNDETERMINED
    date: dt.date | None = None
    rating: float | None = None
    translation: str | None = None
    automated: bool = False


@dataclass(frozen=True)
class Sentences:
    """All sentences of a listing, in the order of its reviews.

    Attributes:
        rows: the sentences.
        without_words: ids of reviews that hold no word (empty, emoji or digits only, or the filling of an empty
            field like "nan" and "no comment").
        copies: ids of reviews that repeat another one word for word; they are read once.
    """

    rows: tuple[Sentence, ...]
    without_words: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Sentence]:
        return iter(self.rows)

    @property
    def texts(self) -> list[str]:
        """The cleaned texts, in order."""
        return [row.text for row in self.rows]

    @cached_property
    def people(self) -> frozenset[str]:
        """Names of people in the texts."""
        return people_named(self.texts)

    @property
    def english_readings(self) -> list[str]:
        """What a model that knows English only should read of each: its text, translation or gloss."""
        return [english_reading(row.text, row.language, row.translation) for row in self.rows]

    def save(self, folder: Path) -> None:
        """Write ``sentences.parquet`` into ``folder``."""
        import pandas as pd

        folder.mkdir(parents=True, exist_ok=True)
        names = list(Sentence.__dataclass_fields__)
        frame = pd.DataFrame({name: [getattr(row, name) for row in self.rows] for name in names})
        frame["date"] = [row.date.isoformat() if row.date else None for row in self.rows]
        frame["rating"] = frame["rating"].astype("float64")
        frame.attrs["without_words"] = list(self.without_words)
        frame.attrs["copies"] = list(self.copies)
        frame.to_parquet(folder / SENTENCES_FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        import pandas as pd

        frame = pd.read_parquet(folder / SENTENCES_FILE)
        rows = []
        for raw in frame.to_dict("records"):
            date, rating, translation = raw.pop("date"), raw.pop("rating"), raw.pop("translation")
            rows.append(
                Sentence(
                    date=None if pd.isna(date) else dt.date.fromisoformat(date),
                    rating=None if pd.isna(rating) else float(rating),
                    translation=None if pd.isna(translation) else translation,
                    **{str(name): value for name, value in raw.items()},
                )
            )
        attrs = frame.attrs
        return cls(tuple(rows), tuple(attrs.get("without_words", ())), tuple(attrs.get("copies", ())))


def split_reviews(reviews: Iterable[Review], progress: Progress | None = None) -> Sentences:
    """Cut every review into sentences (Latin scripts, Korean, Chinese, Japanese, Arabic, Hindi marks).

    Host answers are not read; the source's translation is kept beside the original. Reviews without a word give
    no sentence and are named in :attr:`Sentences.without_words`; those that repeat another one word for word
    (by date and id, the first counts) in :attr:`Sentences.copies`.
    """
    reviews, progress = list(reviews), progress or Progress()
    copies = _copies(reviews)
    rows: list[Sentence] = []
    wordless: list[str] = []
    for index, review in enumerate(reviews):
        if index % _REVIEWS_PER_REPORT == 0:
            progress(index / len(reviews), f"cutting reviews into sentences: {index} of {len(reviews)}")
        if index in copies:
            continue
        found = [] if is_placeholder(review.text) else list(_sentences_of(review))
        rows.extend(found)
        if not found:
            wordless.append(review.id)
    return Sentences(tuple(rows), tuple(wordless), tuple(sorted(reviews[index].id for index in copies)))


def _copies(reviews: Sequence[Review]) -> set[int]:
    """Places of the reviews that repeat an earlier one."""
    first: dict[str, int] = {}
    copies: set[int] = set()
    order = sorted(range(len(reviews)), key=lambda i: (reviews[i].date or dt.date.max, reviews[i].id))
    for index in order:
        wording = "".join(sign for sign in reviews[index].text.casefold() if sign.isalnum())
        if len(wording) >= _COPY_CHARS and first.setdefault(wording, index) != index:
            copies.add(index)
    return copies


def split_text(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """Start and end (characters) of every sentence of ``text``; tags and odd signs are blanks, not offsets."""
    visible = _blank_unseen(text)
    spans: list[tuple[int, int]] = []
    for start, end in _cut_long(visible, _cut_at_marks(visible, language)):
        trimmed = _trim(visible, start, end)
        if trimmed is not None:
            spans.append(trimmed)
    return spans


def clean_text(text: str) -> str:
    """The text as a reader sees it: no tags, no control characters, entities resolved, single spaces."""
    seen = _blank_unseen(html.unescape(_blank_unseen(text)))
    return " ".join(seen.split())


def _sentences_of(review: Review) -> Iterator[Sentence]:
    given = (review.language or "").replace("_", "-").split("-")[0].lower()
    whole = given or guess_language(clean_text(review.text))
    spans = split_text(review.text, whole)
    translations = _translations(review, len(spans))
    automated = len(review.text) <= _AUTOMATED_WITHIN and is_automated(review.text)
    for index, (start, end) in enumerate(spans):
        text = clean_text(review.text[start:end])
        yield Sentence(
            review_id=review.id,
            index=index,
            text=text,
            start=start,
            end=end,
            language=_language_of(text, whole, given),
            date=review.date,
            rating=review.rating,
            translation=translations[index],
            automated=automated,
        )


def _language_of(text: str, whole: str, given: str) -> str:
    """By the sentence itself; what the source said is only doubted where the script contradicts it."""
    guess = guess_language(text)
    if guess == UNDETERMINED or (given and is_latin(guess) == is_latin(given)):
        return whole
    return guess


def _translations(review: Review, count: int) -> list[str | None]:
    """The translation of each of ``count`` sentences, if it has as many."""
    if not review.translation:
        return [None] * count
    spans = split_text(review.translation, "en")
    if len(spans) != count:
        return [None] * count
    return [clean_text(review.translation[start:end]) for start, end in spans]


def _blank_unseen(text: str) -> str:
    """Same length: line-breaking tags become line feeds; other tags and unseen signs become spaces."""
    text = text.replace("\r", "\n")
    text = _LINE_BREAK_TAG.sub(lambda match: "\n" + " " * (len(match[0]) - 1), text)
    text = _TAG.sub(lambda match: " " * len(match[0]), text)
    return _UNSEEN.sub(" ", text)


def _cut_at_marks(text: str, language: str | None) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match[0][0] != "\n" and _is_inside(text, start, match, language):
            continue
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _is_inside(text: str, start: int, match: re.Match[str], language: str | None) -> bool:
    """Whether a mark stands inside a sentence: abbreviation, ordinal, trailing-off dots."""
    mark, following = match[0].rstrip(), text[match.end() : match.end() + 3].strip()[:1]
    goes_on = following.islower() or following.isdigit()
    if mark in ("...", "…", "..") and goes_on:
        return True
    if mark != ".":
        return False
    before = text[max(start, match.end() - 12) : match.end()]
    if _ABBREVIATION.search(before) or (goes_on and _ABBREVIATION_OR_END.search(before)):
        return True
    numbers_a_list = _ORDINAL.fullmatch(text[start : match.end()].strip())
    return bool(numbers_a_list) or (language == "de" and bool(_ORDINAL.search(before)))


def _cut_long(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, end in spans:
        while end - start > MAX_SENTENCE_CHARS:
            window = text[start : start + MAX_SENTENCE_CHARS]
            comma = max(window.rfind(sign) for sign in (", ", "; ", "，", "、", "،"))
            cut = comma if comma > MAX_SENTENCE_CHARS // 3 else window.rfind(" ")
            step = cut + 1 if cut > 0 else MAX_SENTENCE_CHARS
            yield start, start + step
            start += step
        yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Without blanks around and bullets before; ``None`` for fewer than two letters (or one ideograph)."""
    bullet = _BULLET.match(text, start, end)
    if bullet:
        start = bullet.end()
    while end > start and text[end - 1].isspace():
        end -= 1
    piece = text[start:end]
    letters = 2 if _IDEOGRAPH.search(piece) else len(_LETTER.findall(piece))
    return (start, end) if letters >= 2 else None
