"""Which column of an exported file holds what: by its name in ten languages, and by what stands in it. Pure.

One name may mean two things ("Bewertung" is a text here and a number there): then the cells decide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from scrapers.exports.dates import is_clear
from scrapers.exports.scales import read_mark
from scrapers.exports.words import rows, words
from scrapers.review_fields import clean_text, is_ambiguous_date

Kind = Literal["empty", "number", "date", "link", "prose", "word"]
#: fields of which one column is read; of the others (dates, answers, ids) the first cell that holds something
_OF_ONE_COLUMN = frozenset(("text", "rating", "title", "positive", "negative"))
_SURE_SHARE = 0.8
_PROSE_CHARACTERS, _PROSE_WORDS = 20, 3
_EAST_ASIAN = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
_EAST_ASIAN_PROSE = 6
_FEW_ROWS = 3
#: rank of a name that is on no list
_LAST = 10**6
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|/\s*\d+\s*$|\b\d+\s*[-–]\s*\d+\b")
#: what columns without a heading are called
_NUMBERED = re.compile(r"column \d+")
_WORDS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PRIVATE = re.compile(r"priv(?:at|é|ad)|비공개|非公開|私人|私密|confidential|internal", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """What was made of a file's columns.

    Attributes:
        of: field to its columns, the best first.
        unknown: columns that were not understood, in order.
        private: whether there are columns that were not meant for the public.
        guessed: the column that was taken for the texts because of what it holds.
    """

    of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    private: bool = False
    guessed: str | None = None

    @property
    def has_texts(self) -> bool:
        """Whether reviews can be read with them."""
        return any(name in self.of for name in ("text", "positive", "negative"))


def understand_columns(names: Sequence[str], sample: Mapping[str, Sequence[object]]) -> Columns:
    """What each column holds.

    Args:
        names: of the columns, in order.
        sample: of each column some cells.
    """
    kinds = {name: kind_of(sample.get(name, ())) for name in names}
    claims: dict[str, list[tuple[int, int, str]]] = {}
    claimed: set[str] = set()
    for place, name in enumerate(names):
        meant = _meanings(name)
        for meaning, rank in meant.items():
            if _fits(meaning, kinds[name], others=len(meant) > 1):
                claims.setdefault(meaning, []).append((rank, place, name))
                claimed.add(name)
        if not meant and (likely := _by_words(name, kinds[name])) is not None:
            claims.setdefault(likely, []).append((_LAST, place, name))
            claimed.add(name)
    found = {meaning: tuple(n for *_, n in sorted(those)) for meaning, those in claims.items()}
    private = "private" in found or any(_PRIVATE.search(name) for name in names)
    found = _one_each(found, kinds, sample)
    guessed = None
    if not {"text", "positive", "negative"} & found.keys():
        guessed = _by_content(names, kinds, sample, claimed)
    if guessed is not None:
        found["text"] = (guessed,)
        claimed.add(guessed)
    dated = [name for name in names if kinds[name] == "date" and _NUMBERED.fullmatch(name)]
    if guessed is not None and len(dated) == 1:
        found["date"] = (dated[0],)
        claimed.add(dated[0])
    found = {meaning: those for meaning, those in found.items() if meaning not in ("left", "private")}
    unknown = tuple(n for n in names if n not in claimed and kinds[n] != "empty" and not _PRIVATE.search(n))
    return Columns(found, unknown, private, guessed)


def names_a_text(names: Iterable[str]) -> bool:
    """Whether one of ``names`` is what columns of review texts are called."""
    return any({"text", "positive", "negative"} & _meanings(name).keys() for name in names)


def names_something(names: Iterable[str]) -> bool:
    """Whether one of ``names`` is that of a known column."""
    return any(_meanings(name) for name in names)


def kind_of(cells: Iterable[object]) -> Kind:
    """What most of the cells of a column are."""
    texts = [text for cell in cells if (text := clean_text(cell))]
    if not texts:
        return "empty"
    for kind, test in _TESTS.items():
        if sum(map(test, texts)) >= _SURE_SHARE * len(texts):
            return kind
    size = sum(map(len, texts)) / len(texts)
    length = sum(len(text.split()) for text in texts) / len(texts)
    signs = sum(len(_EAST_ASIAN.findall(text)) for text in texts) / len(texts)
    is_prose = (size >= _PROSE_CHARACTERS and length >= _PROSE_WORDS) or signs >= _EAST_ASIAN_PROSE
    return "prose" if is_prose else "word"


def _is_number(text: str) -> bool:
    return read_mark(text) is not None or re.fullmatch(r"[-+]?\d+(?:[.,]\d+)*", text) is not None


def _is_date(text: str) -> bool:
    return is_clear(text) or is_ambiguous_date(text)


def _one_each(
    found: Mapping[str, tuple[str, ...]], kinds: Mapping[str, Kind], sample: Mapping[str, Sequence[object]]
) -> dict[str, tuple[str, ...]]:
    """Of the fields that come from one column, the best that is filled; each column for one field only."""
    chosen: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    for meaning, those in sorted(found.items(), key=lambda pair: pair[0] not in _OF_ONE_COLUMN):
        free = [name for name in those if name not in used]
        if meaning == "rating":
            free = [name for name in free if not _is_an_average(sample.get(name, ()))]
        if meaning == "title":
            free = [name for name in free if _is_headline(name, sample.get(name, ()))]
        if meaning in _OF_ONE_COLUMN:
            free = sorted(free, key=lambda name: kinds[name] == "empty")[:1]
        if free:
            chosen[meaning] = tuple(free)
            used |= set(free) if meaning in _OF_ONE_COLUMN else set()
    return chosen


def _is_headline(name: str, cells: Sequence[object]) -> bool:
    """Whether a column of titles holds those of the reviews; a mere "title" may be that of the place."""
    texts = [text for cell in cells if (text := clean_text(cell))]
    is_plain = len(_WORDS.findall(_CAMEL.sub(" ", name))) == 1 and _plain(name) != "headline"
    return not is_plain or (len(texts) >= _FEW_ROWS and len(set(texts)) >= _SURE_SHARE * len(texts))


def _is_an_average(cells: Sequence[object]) -> bool:
    """Whether each row repeats one broken number: the average of the place, not a guest's stars."""
    marks = [mark.value for cell in cells if (mark := read_mark(cell)) is not None]
    return len(marks) >= _FEW_ROWS and len(set(marks)) == 1 and not float(marks[0]).is_integer()


def _fits(meaning: str, kind: Kind, others: bool) -> bool:
    """Whether a column that is called like ``meaning`` can be it; ``others``: it may be something else, too."""
    if meaning in ("text", "positive", "negative", "title"):
        return kind not in ("number", "date", "link") or (
            kind == "number" and not others and meaning != "title"
        )
    if meaning == "rating":
        return kind in ("number", "empty") or (kind == "word" and not others)
    if meaning == "date":
        return kind in ("date", "empty", "number") or not others
    if meaning == "direction":
        return kind == "word"
    return True


def _by_words(name: str, kind: Kind) -> str | None:
    """A name that nobody listed, by the words in it and by what the column holds."""
    said = {word.casefold() for word in _WORDS.findall(_CAMEL.sub(" ", _BRACKETS.sub(" ", name)))}
    if "." in name and name.split(".")[0].casefold() in words("column person"):
        return "left"
    if (
        kind == "prose"
        and said & words("column text")
        and not said & words("column not text")
        and not _PRIVATE.search(name)
    ):
        return "text"
    if kind == "number" and said & words("column mark") and said & words("column whole"):
        return "rating"
    if kind == "date" and said & words("column date") and said & words("column text"):
        return "date"
    return None


def _by_content(
    names: Sequence[str], kinds: Mapping[str, Kind], sample: Mapping[str, Sequence[object]], claimed: set[str]
) -> str | None:
    """The only column that holds what people write, if there is just one."""
    prose = [n for n in names if kinds[n] == "prose" and n not in claimed and not _PRIVATE.search(n)]
    if len(prose) != 1:
        return None
    cells = [clean_text(cell) for cell in sample.get(prose[0], ()) if clean_text(cell)]
    return prose[0] if len(set(cells)) >= _SURE_SHARE * len(cells) else None


def _meanings(name: str) -> dict[str, int]:
    """Fields that go by ``name``, and how far down the list of their names it stands."""
    steps = [step for step in re.split(r"[.]", name) if step]
    if len(steps) > 1 and steps[0].casefold() in words("column person"):
        return {"left": 0}
    if len(steps) > 1 and steps[0].casefold().startswith("localized") and "comments" not in steps:
        return {"left": 0}
    while steps:
        meant = _names().get(_plain(" ".join(steps))) or _names().get(
            _plain(_BRACKETS.sub(" ", " ".join(steps)))
        )
        if meant:
            return meant
        if len(steps) == 1 or steps[0].casefold() not in words("column wrapper"):
            return {}
        steps = steps[1:]
    return {}


@lru_cache(maxsize=1)
def _names() -> dict[str, dict[str, int]]:
    """Plain name to the fields that go by it, each with its place in the field's list."""
    found: dict[str, dict[str, int]] = {}
    for meaning, _, names in rows("headers.tsv"):
        for rank, name in enumerate(names.split("|")):
            meanings = found.setdefault(_plain(name), {})
            meanings.setdefault(meaning, rank)
    for meanings in found.values():
        if len(meanings) > 1:
            meanings.pop("left", None)
    return found


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Letters and digits of a name in lower case; Latin ones without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFC", name).casefold() if c.isalnum())
    return "".join(unicodedata.normalize("NFD", c)[0] if "à" <= c <= "ɏ" else c for c in plain)


_TESTS: dict[Kind, Callable[[str], bool]] = {
    "number": _is_number,
    "date": _is_date,
    "link": lambda text: text.startswith(("http://", "https://", "www.")),
}
