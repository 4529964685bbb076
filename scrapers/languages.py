"""The language of a text of some words, by py3langid: 140 languages, a small model that comes with it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _identifier() -> Any:
    """The model: half a second to load, so nothing is loaded before it is needed."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def identify(text: str) -> tuple[str, float]:
    """ISO 639 code of the likeliest language, and its probability.

    Of one or two words it knows little and says so: its probability is then below 0.4.
    """
    code, probability = _identifier().classify(text)
    return str(code), float(probability)


def probability_of(text: str, languages: frozenset[str]) -> float:
    """How likely ``text`` is in one of these languages."""
    return float(sum(probability for code, probability in _identifier().rank(text) if code in languages))
