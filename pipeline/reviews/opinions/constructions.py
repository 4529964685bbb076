"""Turns of phrase whose words say one thing and whose whole says another: "far from clean", "한 마리도 없이".

Linear models add words up and miss them. They are found by pattern, and lean the probabilities of the sentence.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float

from pipeline.reviews.opinions.aspects_lexicon import LEXICON_FOLDER

CONSTRUCTIONS_FILE: Final = LEXICON_FOLDER / "constructions.txt"
#: log odds of pos, neg, mixed and neutral that a turn of phrase adds. Chosen on half of the written battery
#: (68 % of it right before, 89 after; of the other half 83 and 91); out of fold on benchmarks/labels they
#: hardly change anything, for such turns are rare
_LEANING: Final = {"praise": (3.0, 0.0, 0.0, 0.0), "blame": (0.0, 3.0, 1.0, 0.0)}


def leaning(texts: Sequence[str]) -> Float[np.ndarray, "N 4"]:
    """What is added to the log odds of the polarities of each text; nothing where turns of both kinds stand."""
    found = np.zeros((len(texts), 4))
    for index, text in enumerate(texts):
        kinds = [kind for kind in _LEANING if pattern_of(CONSTRUCTIONS_FILE)[kind].search(folded(text))]
        if len(kinds) == 1:
            found[index] = _LEANING[kinds[0]]
    return found


def folded(text: str) -> str:
    """The text as patterns expect it: small letters, straight apostrophes."""
    return text.casefold().replace("’", "'")


@cache
def pattern_of(path: Path) -> Mapping[str, re.Pattern[str]]:
    """Patterns by group of a file whose ``@ name`` lines open groups of lines of language, tab and pattern.

    All languages of a group are one pattern: those of one hardly ever hit words of another by chance.

    Raises:
        ValueError: a line is none of these.
    """
    found: dict[str, list[str]] = {}
    kind = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("@"):
            kind = line[1:].strip()
        elif line and not line.startswith("#"):
            language, tab, pattern = line.partition("\t")
            if not (kind and tab and len(language) == 2):
                raise ValueError(f"{path.name}:{number}: needs a language, a tab and a pattern")
            found.setdefault(kind, []).append(pattern)
    return {name: re.compile("|".join(f"(?:{own})" for own in patterns)) for name, patterns in found.items()}
