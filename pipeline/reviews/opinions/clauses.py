"""A sentence as clauses with feelings: who turns whom, and what is only wished for.

The reading is by rule, the same for every language; all words come from the lexicons.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from pipeline.reviews.opinions.aspects_lexicon import UNSPACED, Cue, Tag, fold, lexicon, reading_language

#: how far (words, or characters where none are written) a "not" reaches
_REACH_WORDS: Final = 4
_REACH_CHARACTERS: Final = 5
_REACH_BACK_CHARACTERS: Final = 4
#: what is left of a feeling that was turned: "not dirty" is less than "clean"
_TURNED_GOOD: Final = 0.8
_TURNED_BAD: Final = 0.6
_MISSING: Final = -0.6
_WISHED: Final = -0.7
#: of something that stands in a list under "good:" or "bad:"
_LISTED: Final = 0.7
_BREAK: Final = re.compile(r"[,;:.!?…()\n、，。；：！？（）~]|\s[-–—]+\s|(?<=\w)--+")


class Feeling(NamedTuple):
    """What one cue says after everything around it was heard.

    Attributes:
        start, end: where it stands in the sentence.
        aspect: the aspect it names; empty for a plain feeling.
        value: in [-1, 1].
        hint: whether it needs company to count for its aspect.
        turned: whether a negation or a wish changed it.
    """

    start: int
    end: int
    aspect: str
    value: float
    hint: bool
    turned: bool = False


@dataclass(frozen=True)
class Clause:
    """A stretch of a sentence with one thought.

    Attributes:
        start, end: characters in the sentence.
        feelings: in order.
        roles: what else was heard in it (``not``, ``wish``, ``waive``...).
        contrast: whether it begins with a "but".
    """

    start: int
    end: int
    feelings: tuple[Feeling, ...]
    roles: frozenset[str]
    contrast: bool

    def plain(self) -> float:
        """Sum of the feelings that name no aspect."""
        return sum(feeling.value for feeling in self.feelings if not feeling.aspect)


@dataclass(frozen=True)
class Reading:
    """A sentence, read. ``language`` is the lexicon that read it; ``length`` its characters."""

    clauses: tuple[Clause, ...]
    language: str
    length: int

    def feelings(self) -> Iterator[Feeling]:
        """All feelings, in order."""
        for clause in self.clauses:
            yield from clause.feelings

    def heard(self, role: str) -> int:
        """In how many clauses the role was heard."""
        return sum(role in clause.roles for clause in self.clauses)


#: somebody by name at the start: "Maria was lovely"
_NAMED: Final = re.compile(
    r"^(?:[A-Z][a-zà-ÿ]+(?: (?:and|et|und|y|&) [A-Z][a-zà-ÿ]+)?) "
    r"(?=(?:is|was|are|were|has|ist|war|est|etait|était|es|fue|sind|waren|sont|fueron|son)\b)"
)
_NO_NAME_WORDS: Final = """
    a airbnb all also another apartment appartement casa check das der die dies diese elle es estancia este
    everyone everything experience flat he her here his hostel hotel house il it its la las le les location lo
    logement los my nothing one our overall place property que she sejour sie some stay tout there these they
    this those todo unit unterkunft value villa was we what which wohnung word yes you your
"""
_NO_NAMES: Final = frozenset(_NO_NAME_WORDS.split())


def read_sentence(text: str, language: str) -> Reading:
    """Find the cues of ``text`` and settle what they mean where they stand."""
    reader = reading_language(text, language)
    cues = lexicon(reader).find(text)
    clauses = tuple(_clause(part, start, end, reader) for part, start, end in _parts(text, cues))
    clauses = _under_heading(text, clauses)
    if clauses and _starts_with_name(text, cues):
        clauses = (replace(clauses[0], roles=clauses[0].roles | {"pron"}), *clauses[1:])
    return Reading(clauses, reader, len(text))


def _under_heading(text: str, clauses: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """“Cons: noise, stairs”: what a heading feels, it feels of everything it lists without a feeling."""
    if len(clauses) < 2 or not text[: clauses[0].end].rstrip().endswith((":", "：")):
        return clauses
    heading, listed = clauses[0], clauses[1:]
    if not heading.plain() or any(feeling.aspect for feeling in heading.feelings):
        return clauses
    value = math.copysign(_LISTED, heading.plain())
    return (
        heading,
        *(
            replace(clause, feelings=tuple(f if f.value else f._replace(value=value) for f in clause.feelings))
            for clause in listed
        ),
    )


def _starts_with_name(text: str, cues: Sequence[Cue]) -> bool:
    match = _NAMED.match(text)
    return (
        match is not None
        and fold(match[0].split()[0], "en") not in _NO_NAMES
        and (not cues or cues[0].start >= match.end())
    )


def _parts(text: str, cues: Sequence[Cue]) -> Iterator[tuple[list[Cue], int, int]]:
    """Cues by clause: cut before every "but" or "and" cue and at marks that no cue covers."""
    cuts = {cue.start for cue in cues if any(tag.role in ("but", "cut") for tag in cue.tags)}
    covered = [(cue.start, cue.end) for cue in cues if cue.end - cue.start > 3]
    for match in _BREAK.finditer(text):
        if not any(start < match.start() < end for start, end in covered):
            cuts.add(match.end())
    borders = [*sorted(cuts - {0}), len(text) + 1]
    start, index = 0, 0
    for border in borders:
        part = []
        while index < len(cues) and cues[index].start < border:
            part.append(cues[index])
            index += 1
        end = min(border, len(text))
        if end > start:
            yield part, start, end
        start = end


def _clause(cues: Sequence[Cue], start: int, end: int, language: str) -> Clause:
    reach = _REACH_CHARACTERS if language in UNSPACED else _REACH_WORDS
    feelings: list[Feeling] = []
    ends: list[int] = []  # by feeling: the word after its cue
    roles: set[str] = set()
    until, missing, wishing, contrast = -1, False, False, False
    for number, cue in enumerate(cues):
        heard = {tag.role for tag in cue.tags if tag.role}
        if "post" in heard:
            _turn_back(feelings, ends, cue, absent="none" in heard)
        for tag in cue.tags:
            if tag.role:
                continue
            turned = cue.word < until
            feeling = _feeling(cue, tag, turned=turned, missing=missing and turned, wished=wishing)
            feelings.append(feeling)
            ends.append(cue.word + cue.words)
        if "post" not in heard and heard & {"not", "none"}:
            until = cue.word + cue.words + reach
            missing = "none" in heard
        wishing = wishing or "wish" in heard
        contrast = contrast or ("but" in heard and number == 0)
        roles |= heard
    return Clause(start, end, tuple(feelings), frozenset(roles), contrast)


def _feeling(cue: Cue, tag: Tag, *, turned: bool, missing: bool, wished: bool) -> Feeling:
    value = tag.value
    if turned:
        value = _turn(value, absent=missing and bool(tag.aspect))
    elif wished and value > 0:
        value = _WISHED
    return Feeling(cue.start, cue.end, tag.aspect, value, tag.hint, turned or (wished and tag.value > 0))


def _turn(value: float, *, absent: bool) -> float:
    if value > 0:
        return -_TURNED_GOOD
    if value < 0:
        return _TURNED_BAD
    return _MISSING if absent else 0.0


def _turn_back(feelings: list[Feeling], ends: list[int], cue: Cue, *, absent: bool) -> None:
    """Turn the feelings of the nearest cue before ``cue``."""
    if not feelings or cue.word - ends[-1] > _REACH_BACK_CHARACTERS:
        return
    last = feelings[-1].start
    for index in range(len(feelings) - 1, -1, -1):
        feeling = feelings[index]
        if feeling.start != last:
            break
        value = _turn(feeling.value, absent=absent and bool(feeling.aspect))
        feelings[index] = feeling._replace(value=value, turned=True)
