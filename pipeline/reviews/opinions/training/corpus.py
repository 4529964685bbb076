"""The sentences that this project wrote for training, with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.reviews.opinions.aspects_lexicon import LANGUAGES
from pipeline.reviews.opinions.sentiment import Polarity

FOLDER: Final = Path(__file__).parent
_ASPECTS: Final[dict[str, str]] = {
    "c": "cleanliness",
    "n": "noise",
    "l": "location",
    "p": "price",
    "f": "facilities",
    "h": "host",
}
#: the first sentences of each file are plain, as most that guests write; the later ones are hard on purpose
_PLAIN: Final[dict[str, int]] = {"en": 457, "de": 64, "es": 63, "fr": 63, "ja": 64, "ko": 67, "zh": 74}
_POLARITIES: Final[dict[str, Polarity]] = {"+": "pos", "-": "neg", "~": "mixed", "0": "neutral"}


@dataclass(frozen=True)
class LabelledSentence:
    """A sentence and what a careful reader says of it; ``plain``: nothing in it is hard on purpose."""

    text: str
    language: str
    polarity: Polarity
    aspects: dict[str, Polarity]
    plain: bool = True


def written_sentences() -> list[LabelledSentence]:
    """All of them, in a fixed order; ``ValueError`` names a line that cannot be read."""
    found: list[LabelledSentence] = []
    for language in sorted(LANGUAGES):
        path = FOLDER / f"sentences_{language}.tsv"
        count = 0
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line and not line.startswith("#"):
                place = f"{path.name}:{number}"
                found.append(_parse(line, language, place, plain=count < _PLAIN[language]))
                count += 1
    return found


def judge_sentences() -> list[LabelledSentence]:
    """Sentences for the judge alone, of which real reviews are full: without aspects, none hard on purpose."""
    path = FOLDER / "sentences_judge.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            parts = line.split("\t")
            if len(parts) != 3 or parts[0] not in LANGUAGES or parts[1] not in _POLARITIES:
                raise ValueError(
                    f"{path.name}:{number}: needs language, polarity and sentence, separated by tabs"
                )
            found.append(LabelledSentence(parts[2], parts[0], _POLARITIES[parts[1]], {}))
    return found


def _parse(line: str, language: str, place: str, *, plain: bool) -> LabelledSentence:
    parts = line.split("\t")
    if len(parts) != 3:
        raise ValueError(f"{place}: needs polarity, aspects and sentence, separated by tabs")
    polarity, codes, text = parts
    try:
        aspects = {_ASPECTS[code[0]]: _POLARITIES[code[1:]] for code in codes.split()}
        return LabelledSentence(text, language, _POLARITIES[polarity], aspects, plain)
    except (KeyError, IndexError) as error:
        raise ValueError(
            f"{place}: unknown label {error}; use {sorted(_ASPECTS)} with {list(_POLARITIES)}"
        ) from error
