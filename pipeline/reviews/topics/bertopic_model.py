"""A real BERTopic model around labels found beforehand, its heavy optional parts left unloaded."""

import importlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Float32, Int64

from pipeline.reviews.text import whole_han, words_of
from pipeline.reviews.topics.keywords import KeywordSettings, choose_keywords

if TYPE_CHECKING:
    from bertopic import BERTopic

EmbedWords = Callable[[Sequence[str]], Float32[np.ndarray, "N D"]]

#: BERTopic runs without them ("lightweight installation"), and importing them takes most of its 7 s
_NOT_NEEDED: Final = ("umap", "hdbscan", "sentence_transformers", "transformers")


_IMPORT_LOCK: Final = threading.Lock()


def fit_bertopic(
    documents: Sequence[str],
    vectors: Float32[np.ndarray, "N D"],
    labels: Int64[np.ndarray, "N"],
    embed_words: EmbedWords,
    *,
    keywords: KeywordSettings | None = None,
    exclude: frozenset[str] = frozenset(),
) -> "BERTopic":
    """Fit BERTopic on given labels: c-TF-IDF keywords; hierarchy and its other tools stay available.

    Args:
        documents: N sentences, at least one.
        vectors: their unit vectors.
        labels: their topics; -1 for those that fit none.
        embed_words: vectors of words, for those tools of BERTopic that want them.
        keywords: how the words of a topic are chosen.
        exclude: lower-cased words that are never keywords.
    """
    if not len(documents) == len(vectors) == len(labels) > 0:
        raise ValueError("documents, vectors and labels must have the same length, at least 1")
    keywords = keywords or KeywordSettings()
    bertopic = _import_bertopic()
    from sklearn.feature_extraction.text import CountVectorizer

    model = bertopic.BERTopic(
        language="multilingual",
        embedding_model=_word_embedder(embed_words),
        umap_model=importlib.import_module("bertopic.dimensionality").BaseDimensionalityReduction(),
        hdbscan_model=importlib.import_module("bertopic.cluster").BaseCluster(),
        vectorizer_model=CountVectorizer(analyzer=_Analyzer(documents, exclude)),
        representation_model=_coherent_keywords(keywords),
        top_n_words=2 * keywords.most,
    )
    model.fit_transform(list(documents), vectors, y=labels.tolist())
    return model


def _coherent_keywords(settings: KeywordSettings) -> Any:
    """:func:`choose_keywords` as a representation model of BERTopic."""
    base: Any = importlib.import_module("bertopic.representation._base").BaseRepresentation

    class Coherent(base):  # type: ignore[misc]
        def extract_topics(
            self, topic_model: Any, documents: Any, c_tf_idf: Any, topics: dict[int, list[tuple[str, float]]]
        ) -> dict[int, list[tuple[str, float]]]:
            words = topic_model.vectorizer_model.get_feature_names_out()
            presence = topic_model.vectorizer_model.transform(documents["Document"])
            presence.data[:] = 1
            numbers = [number for number in sorted(topics) if number >= 0]
            # the row of the outliers, if there is one, comes first
            weights = np.asarray(c_tf_idf.todense(), dtype=np.float64)[len(topics) - len(numbers) :]
            found = choose_keywords(presence.tocsc(), weights, settings)
            chosen = {
                number: [(str(words[column]), float(row[column])) for column in columns]
                for number, row, columns in zip(numbers, weights, found, strict=True)
            }
            return {number: chosen.get(number) or topics[number] for number in topics}

    return Coherent()


class _Analyzer:
    """Cuts a text into keyword candidates.

    Where the whole corpus holds nothing but stop words, they are kept.
    """

    def __init__(self, documents: Sequence[str], exclude: frozenset[str]) -> None:
        self._exclude, self._whole = exclude, whole_han(documents)
        self._keep_stop_words = not any(words_of(text, exclude=exclude) for text in documents)
        # c-TF-IDF fails on a vocabulary of one word; BERTopic itself pads short lists with the empty word
        vocabulary = {word for text in documents for word in self._words(text)}
        self._padding = [""] if len(vocabulary) < 2 else []

    def __call__(self, text: str) -> list[str]:
        return self._padding + self._words(text)

    def _words(self, text: str) -> list[str]:
        found = words_of(text, keep_stop_words=self._keep_stop_words, exclude=self._exclude, whole=self._whole)
        # signs of a script without word rules, in a corpus without any other word
        found = found or (text.split() if self._keep_stop_words else [])
        return [word for word in found if " " not in word]


def _word_embedder(embed_words: EmbedWords) -> Any:
    base: Any = importlib.import_module("bertopic.backend").BaseEmbedder

    class Words(base):  # type: ignore[misc]
        def embed(self, documents: Sequence[str], verbose: bool = False) -> Float32[np.ndarray, "N D"]:
            return embed_words(list(documents))

    return Words()


def _import_bertopic() -> Any:
    """BERTopic, without the packages that it can do without; one thread imports, a second one waits for it."""
    with _IMPORT_LOCK:
        if "bertopic" in sys.modules:
            return sys.modules["bertopic"]
        with _absent_here(_NOT_NEEDED):
            try:
                return importlib.import_module("bertopic")
            except ImportError:
                _wait_for_imports_of_others()
                return importlib.import_module("bertopic")


def _wait_for_imports_of_others() -> None:
    """Until packages that another thread has begun to import are whole: half of one is worse than none."""
    for name in _NOT_NEEDED:
        if name in sys.modules:
            importlib.import_module(name)


class _Absent(MetaPathFinder):
    """Packages that one thread does not find; the others do."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names, self._thread = frozenset(names), threading.get_ident()

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Refuse them; leave all else to the finders that come later."""
        if fullname in self._names and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)


@contextmanager
def _absent_here(names: Sequence[str]) -> Iterator[None]:
    """Packages that are not imported yet look absent to this thread for a while."""
    finder = _Absent(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
