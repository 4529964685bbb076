"""A real BERTopic model around labels found beforehand, its heavy optional parts left unloaded."""

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Float32, Int64

from pipeline.reviews.tokens import words_of

if TYPE_CHECKING:
    from bertopic import BERTopic

EmbedWords = Callable[[Sequence[str]], Float32[np.ndarray, "N D"]]

#: BERTopic runs without them ("lightweight installation"), and importing them takes most of its 7 s
_NOT_NEEDED: Final = ("umap", "hdbscan", "sentence_transformers", "transformers")
#: a pair of words is a keyword from 2 occurrences, and one more for every so many sentences
_SENTENCES_PER_PAIR_COUNT: Final = 1000


def fit_bertopic(
    documents: Sequence[str],
    vectors: Float32[np.ndarray, "N D"],
    labels: Int64[np.ndarray, "N"],
    embed_words: EmbedWords,
    *,
    keywords: int = 10,
    diversity: float = 0.3,
) -> "BERTopic":
    """Fit BERTopic on given labels: c-TF-IDF and MMR keywords; hierarchy and its other tools stay available.

    Args:
        documents: N sentences, at least one.
        vectors: their unit vectors.
        labels: their topics; -1 for those that fit none.
        embed_words: vectors of keyword candidates.
        keywords: how many words describe a topic.
        diversity: of the keywords, 0 to 1.
    """
    if not len(documents) == len(vectors) == len(labels) > 0:
        raise ValueError("documents, vectors and labels must have the same length, at least 1")
    bertopic = _import_bertopic()
    from sklearn.feature_extraction.text import CountVectorizer

    representation = importlib.import_module("bertopic.representation")
    model = bertopic.BERTopic(
        language="multilingual",
        embedding_model=_word_embedder(embed_words),
        umap_model=importlib.import_module("bertopic.dimensionality").BaseDimensionalityReduction(),
        hdbscan_model=importlib.import_module("bertopic.cluster").BaseCluster(),
        vectorizer_model=CountVectorizer(analyzer=_Analyzer(documents)),
        representation_model=representation.MaximalMarginalRelevance(diversity=diversity, top_n_words=keywords),
        top_n_words=2 * keywords,
    )
    model.fit_transform(list(documents), vectors, y=labels.tolist())
    return model


class _Analyzer:
    """Cuts a text into keyword candidates: words, and pairs that come up again.

    Where the whole corpus holds nothing but stop words, they are kept.
    """

    def __init__(self, documents: Sequence[str]) -> None:
        self._keep_stop_words = not any(words_of(text) for text in documents)
        counts = Counter(word for text in documents for word in set(self._words(text)) if " " in word)
        least = 2 + len(documents) // _SENTENCES_PER_PAIR_COUNT
        self._pairs = {pair for pair, count in counts.items() if count >= least}
        # c-TF-IDF fails on a vocabulary of one word; BERTopic itself pads short lists with the empty word
        vocabulary = {word for text in documents for word in self._words(text) if " " not in word}
        self._padding = [""] if len(vocabulary) < 2 else []

    def __call__(self, text: str) -> list[str]:
        return self._padding + [word for word in self._words(text) if " " not in word or word in self._pairs]

    def _words(self, text: str) -> list[str]:
        found = words_of(text, keep_stop_words=self._keep_stop_words)
        # signs of a script without word rules, in a corpus without any other word
        return found or (text.split() if self._keep_stop_words else [])


def _word_embedder(embed_words: EmbedWords) -> Any:
    base: Any = importlib.import_module("bertopic.backend").BaseEmbedder

    class Words(base):  # type: ignore[misc]
        def embed(self, documents: Sequence[str], verbose: bool = False) -> Float32[np.ndarray, "N D"]:
            return embed_words(list(documents))

    return Words()


def _import_bertopic() -> Any:
    if "bertopic" in sys.modules:
        return sys.modules["bertopic"]
    with _hidden(_NOT_NEEDED):
        return importlib.import_module("bertopic")


@contextmanager
def _hidden(names: Sequence[str]) -> Iterator[None]:
    """Packages that are not imported yet look absent for a while."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
