"""Texts by their English wording. Korean stands in ``ko.po``, where any editor of translations opens it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from babel.messages.pofile import read_po

from dashboard.words.language import DEFAULT, LANGUAGES, language
from dashboard.words.numbers import number as shown
from dashboard.words.particles import with_particle

FOLDER: Final = Path(__file__).parent
#: context and English text, to the text (of the plural, where there is one)
_Texts = Mapping[tuple[str | None, str], str]


@lru_cache(maxsize=len(LANGUAGES))
def texts(code: str) -> _Texts:
    """All texts of a language; none of English, whose texts are the keys."""
    if code == DEFAULT:
        return {}
    with (FOLDER / f"{code}.po").open("rb") as file:
        found = read_po(file, locale=code)
    return {
        (message.context, message.id if isinstance(message.id, str) else message.id[0]): _last(message.string)
        for message in found
        if message.id and message.string
    }


def _last(string: str | tuple[str, ...] | list[str]) -> str:
    """Korean has one form for every number."""
    return string if isinstance(string, str) else string[-1]


class _WithParticles(Formatter):
    """``{name:은/는}``: the value with the particle that fits its end."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return with_particle(str(value), format_spec) if "/" in format_spec else format(value, format_spec)


formatter: Final = _WithParticles()


def mark(text: str) -> str:
    """``text`` as it is: says that it is a key, translated by :func:`t` where it is shown."""
    return text


def t(text: str, /, **values: object) -> str:
    """``text`` in the language of the session, with ``{name}`` replaced by the value of that name."""
    found = texts(language()).get((None, text), text)
    return formatter.vformat(found, (), values) if values else found


def tn(one: str, many: str, number: int, /, **values: object) -> str:
    """A text with a number: ``{number}`` takes the place of it, ``one`` is the English wording for 1."""
    found = texts(language()).get((None, one), one if number == 1 else many)
    return formatter.vformat(found, (), values | {"number": shown(number)})


def word(kind: str, name: str) -> str:
    """A name that the analysis gives (kind: ``aspect``, ``deal-breaker``, ...); others as they are."""
    return texts(language()).get((kind, name), name)
