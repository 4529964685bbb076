"""What the learned text part reads: the words, their English concepts, and what the rules heard in them.

The cues that the rules found are written behind the words as words of their own ("xxbut xxfacneg"), so that
n-grams over them learn turns of thought that are the same in every language ("praise, but ... waved off").
"""

from collections.abc import Iterable
from functools import cache
from typing import Final

from pipeline.reviews.opinions.clauses import Clause, Reading
from pipeline.reviews.text import gloss, languages

_FIRM: Final = 0.5
_MOST_CUES: Final = 40
_PART: Final = " . "
_END: Final = "xxend"


def sentence_text(text: str, language: str, reading: Reading) -> str:
    """A whole sentence; ``language`` is its own, which the lexicon may not have."""
    return _joined(text, language, reading, reading.clauses, "")


def clause_texts(text: str, language: str, reading: Reading) -> list[str]:
    """Each clause by itself; at least one."""
    return [
        _joined(text[clause.start : clause.end], language, reading, (clause,), "") for clause in reading.clauses
    ] or [sentence_text(text, language, reading)]


def scope_text(text: str, language: str, reading: Reading, aspect: str) -> str:
    """The clauses that name ``aspect``; the whole sentence where none does."""
    named = [
        clause for clause in reading.clauses if any(f.aspect == aspect and not f.hint for f in clause.feelings)
    ]
    if not named:
        return _joined(text, language, reading, reading.clauses, aspect)
    words = " ".join(text[clause.start : clause.end] for clause in named)
    return _joined(words, language, reading, named, aspect)


def _joined(words: str, language: str, reading: Reading, clauses: Iterable[Clause], own: str) -> str:
    code = reading.language if reading.language in languages() else language
    english = "" if reading.language == "en" else gloss(words, code)
    return _PART.join((words, english, " ".join(_cues(clauses, own)[:_MOST_CUES])))


def _cues(clauses: Iterable[Clause], own: str) -> list[str]:
    words: list[str] = []
    for clause in clauses:
        if clause.contrast:
            words.append("xxbut")
        words.extend(f"xx{role}" for role in sorted(clause.roles - {"but", "cut"}))
        words.extend(_cue(f.aspect, f.value, f.turned, own) for f in clause.feelings)
        words.append(_END)
    return words


@cache
def _cue(aspect: str, value: float, turned: bool, own: str) -> str:
    sign = (
        "zo"
        if not value
        else ("zp" if value > 0 else "zn")
        if abs(value) >= _FIRM
        else "zq"
        if value > 0
        else "zm"
    )
    name = aspect[:3] if not own else "own" if aspect == own else "oth"
    return f"xx{name if aspect else 'any'}{sign}{'t' if turned else ''}"
