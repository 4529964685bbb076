"""Aspects that users name by a few example words or sentences."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from jaxtyping import Float32

from pipeline.reviews.opinions.aspects_lexicon import UNSPACED, lexicon, reading_language, tokenise
from pipeline.reviews.opinions.clauses import Feeling, Reading
from pipeline.reviews.text import stop_words

#: examples of at most that many words are terms; longer ones are sentences
_TERM_WORDS: Final = 3
_TERM_CHARACTERS: Final = 6
_LEAST_LETTERS: Final = 4
_ENDING_LETTERS: Final = 2
#: log odds of a vector: even at this cosine to the nearest example, by its difference
_EVEN_COSINE: Final = 0.52
_COSINE_SLOPE: Final = 14.0
#: log odds of words: a term; each shared word of a sentence; nothing
_TERM_LOGIT: Final = 2.5
_WORD_LOGIT: Final = 1.6
_NOTHING_LOGIT: Final = -3.0
_UNSPACED_SIGN: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff가-힣]")
#: words of reviews that say nothing of any aspect
_GENERIC_WORDS: Final = """
    airbnb apartment appartement apartamento casa flat haus home house logement place lugar wohnung unterkunft
    stay stayed staying night nights nuit noche nacht tage days week person people guest guests some with was
    were had have there here very really
"""
_GENERIC: Final = frozenset(_GENERIC_WORDS.split())


@dataclass(frozen=True)
class CustomAspect:
    """An aspect by examples.

    Attributes:
        examples: words, phrases or sentences in any language.
        vectors: of the examples, (E, D), for wordings that share no word with them; empty without an encoder.
    """

    examples: tuple[str, ...]
    vectors: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        if not any(example.strip() for example in self.examples):
            raise ValueError("an aspect needs at least one example word or sentence")
        if self.vectors and len(self.vectors) != len(self.examples):
            raise ValueError(
                f"{len(self.vectors)} vectors for {len(self.examples)} examples; give one for each"
            )

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Folded words and phrases that name the aspect by themselves."""
        return tuple(folded for example in self.examples if _is_term(example) and (folded := _folded(example)))

    @cached_property
    def words(self) -> frozenset[str]:
        """Stems of the content words of example sentences."""
        stems = (stem for example in self.examples if not _is_term(example) for stem in _stems(example))
        return frozenset(stems)

    def find(
        self, text: str, reading: Reading, vector: Float32[np.ndarray, "D"] | None
    ) -> tuple[float, Reading]:
        """Log odds that ``text`` speaks of the aspect, and the reading with its places marked by ``CUSTOM``."""
        places = [*self._term_places(text), *self._word_places(text)]
        logit = _NOTHING_LOGIT
        if self._term_places(text):
            logit = _TERM_LOGIT
        elif places:
            logit += _WORD_LOGIT * len({text[start:end].lower() for start, end in places})
        if vector is not None and self.vectors:
            examples = np.array(self.vectors)
            if examples.shape[1] == vector.shape[0]:
                logit = max(logit, _COSINE_SLOPE * (float((examples @ vector).max()) - _EVEN_COSINE))
        return logit, _marked(reading, places)

    def _term_places(self, text: str) -> list[tuple[int, int]]:
        plain = _folded(text, keep_length=True)
        found: list[tuple[int, int]] = []
        for term in self.terms:
            unspaced = _UNSPACED_SIGN.search(term)
            expression = re.escape(term) if unspaced else rf"\b{re.escape(term)}\w{{0,{_ENDING_LETTERS}}}\b"
            found.extend(match.span() for match in re.finditer(expression, plain))
        return found

    def _word_places(self, text: str) -> list[tuple[int, int]]:
        if not self.words:
            return []
        return [(word.start, word.end) for word in tokenise(text, "en") if _stem(word.text) in self.words]


#: name of a custom aspect's feelings inside a reading
CUSTOM: Final = "*"


def _marked(reading: Reading, places: Sequence[tuple[int, int]]) -> Reading:
    clauses = []
    for clause in reading.clauses:
        marks = tuple(
            Feeling(start, end, CUSTOM, 0.0, False)
            for start, end in places
            if clause.start <= start < clause.end
        )
        ordered = tuple(sorted((*clause.feelings, *marks), key=lambda feeling: feeling.start))
        clauses.append(type(clause)(clause.start, clause.end, ordered, clause.roles, clause.contrast))
    return Reading(tuple(clauses), reading.language, reading.length)


def _is_term(example: str) -> bool:
    if _UNSPACED_SIGN.search(example):
        return len(example.replace(" ", "")) <= _TERM_CHARACTERS
    return len(example.split()) <= _TERM_WORDS


def _folded(text: str, *, keep_length: bool = False) -> str:
    folded = "".join(_plain(sign) for sign in text)
    return folded if keep_length else " ".join(folded.split())


def _plain(sign: str) -> str:
    lower = sign.lower()
    base = unicodedata.normalize("NFD", lower)[:1] if not _UNSPACED_SIGN.match(lower) else lower
    return base if len(base) == 1 else sign


def _stems(example: str) -> list[str]:
    """Stems of the words that carry the meaning of an example sentence; no feelings, no stop words."""
    language = reading_language(example, "en")
    if language in UNSPACED:
        return []
    feelings = {
        index
        for cue in lexicon(language).find(example)
        if all(not tag.aspect for tag in cue.tags)
        for index in range(cue.word, cue.word + cue.words)
    }
    words = tokenise(example, "en")
    return [
        _stem(word.text)
        for index, word in enumerate(words)
        if index not in feelings and len(word.text) >= _LEAST_LETTERS and not _is_empty(word.text)
    ]


def _is_empty(word: str) -> bool:
    return word in _GENERIC or word in stop_words()


def _stem(word: str) -> str:
    return word[: max(_LEAST_LETTERS, len(word) - _ENDING_LETTERS)] if len(word) > _LEAST_LETTERS else word
