"""Topics, ours beside plain BERTopic and the seed's settings: ``python -m benchmarks.review_topics``.

All methods get the same sentences and the same vectors, each in a process of its own (so that peak memory and
compilation are its own) and with a time limit. ``--reviews`` takes an Inside Airbnb reviews file. What a peer
found is kept in ``--keep`` (a JSON file), so that a slow one has to run only once.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.apart import TooSlow, run_apart
from benchmarks.records.recorder import Add, Recorder, add_options, ignored
from benchmarks.topic_scores import class_words, diversity, npmi
from models.sentence_encoder import BUNDLED, SentenceEncoder, model_folder
from pipeline import demo
from pipeline.reviews.city.city import read_file
from pipeline.reviews.recipe import read_opinions, readings, word_embedder
from pipeline.reviews.settings import ReviewSettings
from pipeline.reviews.text import Sentences, split_reviews
from pipeline.reviews.topics import find_topics
from scrapers.listing import Review

SIZES: Final = (300, 3000, 20000)
LIMIT_S: Final = 1800.0
SEED_TOPICS: Final = (
    ("clean", "dirty", "tidy", "smell"),
    ("noise", "noisy", "quiet", "loud"),
    ("location", "station", "close", "walk"),
    ("price", "value", "cheap", "expensive"),
    ("bed", "bathroom", "kitchen", "room"),
    ("host", "kind", "helpful", "response"),
)


@dataclass(frozen=True)
class Found:
    """What one method made of some sentences: the words of its topics, the topic of every sentence."""

    topics: tuple[tuple[str, ...], ...]
    labels: tuple[int, ...]
    seconds: float = 0.0
    peak_mib: int = 0


def ours(sentences: Sentences, vectors: np.ndarray) -> Found:
    """This project, from vectors on."""
    settings = ReviewSettings()
    opinions = read_opinions(sentences, vectors, settings)
    embed_words = word_embedder(SentenceEncoder(), settings)
    aspects = [list(row.aspects) for row in opinions]
    found = find_topics(sentences, vectors, embed_words, settings.topics, aspects=aspects)
    topics = tuple(tuple(word for word, _ in topic.keywords) for topic in found.topics)
    return Found(topics, tuple(map(int, found.assignment)))


def plain_bertopic(sentences: Sentences, vectors: np.ndarray) -> Found:
    """BERTopic as it comes."""
    from bertopic import BERTopic

    return _fit(BERTopic(), sentences, vectors)


def seed_settings(sentences: Sentences, vectors: np.ndarray) -> Found:
    """Guided BERTopic, UMAP to the plane with 30 neighbours, HDBSCAN leaves 6/3, TF-IDF."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer
    from umap import UMAP

    model = BERTopic(
        embedding_model=stock_model(),
        umap_model=UMAP(n_components=2, n_neighbors=30, min_dist=0.0, metric="cosine"),
        hdbscan_model=HDBSCAN(
            min_cluster_size=6, min_samples=3, cluster_selection_method="leaf", prediction_data=True
        ),
        vectorizer_model=TfidfVectorizer(),
        seed_topic_list=[list(words) for words in SEED_TOPICS],
    )
    return _fit(model, sentences, vectors)


def topics_to_aspects(found: Found) -> list[int | None]:
    """The aspect of every topic by one cosine, as the seed does it: a row of :data:`SEED_TOPICS`."""
    if not found.topics:
        return []
    stock = stock_model()
    aspects = stock.encode([" ".join(words) for words in SEED_TOPICS], show_progress_bar=False)
    topics = stock.encode([" ".join(words) for words in found.topics], show_progress_bar=False)
    return [int(best) for best in (topics @ aspects.T).argmax(1)]


def _fit(model: Any, sentences: Sentences, vectors: np.ndarray) -> Found:
    labels, _ = model.fit_transform(sentences.texts, vectors)
    numbers = sorted(number for number in model.get_topics() if number >= 0)
    topics = tuple(tuple(word for word, _ in model.get_topic(number)) for number in numbers)
    return Found(topics, tuple(map(int, labels)))


def stock_model() -> Any:
    """The bundled MiniLM, the way most people call it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(model_folder(BUNDLED)), device="cpu")


METHODS: Final[dict[str, Callable[[Sentences, np.ndarray], Found]]] = {
    "ours": ours,
    "plain BERTopic": plain_bertopic,
    "seed's settings": seed_settings,
}


class Kept:
    """Results of peers in a JSON file, by method and content; without a file nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, dict[str, Any]] = {}
        if path is not None and path.is_file():
            self._known = json.loads(path.read_text(encoding="utf-8"))

    def get(self, key: str) -> Found | None:
        """A result of an earlier run."""
        raw = self._known.get(key)
        if raw is None:
            return None
        topics = tuple(tuple(words) for words in raw["topics"])
        return Found(topics, tuple(raw["labels"]), raw["seconds"], raw["peak_mib"])

    def put(self, key: str, found: Found) -> None:
        """Keep a result."""
        self._known[key] = asdict(found)
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(self._known), encoding="utf-8")


def _key(method: str, sentences: Sentences, vectors: np.ndarray) -> str:
    digest = hashlib.sha256("\0".join(sentences.texts).encode("utf-8", "surrogatepass"))
    digest.update(np.round(vectors, 3).tobytes())
    return f"{method} {digest.hexdigest()[:24]}"


def demo_reviews() -> list[Review]:
    """The invented reviews of the demo listing."""
    file = Path(demo.__file__).with_name("reviews.json")
    return [Review(**raw) for raw in json.loads(file.read_text(encoding="utf-8"))]


def sample(sentences: Sentences, size: int) -> Sentences:
    """``size`` sentences, drawn by their digests."""
    rows = sentences.rows
    digests = [
        hashlib.sha256(f"{row.text}{row.review_id}".encode("utf-8", "surrogatepass")).digest() for row in rows
    ]
    order = sorted(range(len(rows)), key=lambda index: digests[index])
    return Sentences(tuple(rows[index] for index in sorted(order[:size])))


def compare_topics(
    reviews: Sequence[Review],
    sizes: Sequence[int] = SIZES,
    keep: Path | None = None,
    limit_s: float = LIMIT_S,
    add: Add = ignored,
) -> None:
    """Print topics, coherence, diversity, outliers, seconds and peak memory of every method for every size."""
    print("NPMI and diversity: of the method's own first 10 words, and of the same c-TF-IDF words for all")
    titles = (
        f"{'topics':>7}{'NPMI':>8}{'divers.':>8}{'same:':>8}{'divers.':>8}{'outliers':>9}{'s':>8}{'MiB':>7}"
    )
    print(f"{'sentences':>9}  {'method':16}{titles}")
    kept, everything = Kept(keep), split_reviews(reviews)
    for size in sizes:
        sentences = sample(everything, size)
        vectors = SentenceEncoder().encode(readings(sentences, ReviewSettings()))
        for method in METHODS:
            print(f"{len(sentences):9d}  {method:16}", end="", flush=True)
            row, line = _row(method, sentences, vectors, kept, limit_s)
            print(line, flush=True)
            add({"sentences": len(sentences), "method": method, **row})


def _row(
    method: str, sentences: Sentences, vectors: np.ndarray, kept: Kept, limit_s: float
) -> tuple[dict[str, Any], str]:
    """Figures of one method, and its line."""
    key = _key(method, sentences, vectors)
    found = None if method == "ours" else kept.get(key)
    note = " (kept)" if found else ""
    if found is None:
        try:
            measured = run_apart(METHODS[method], sentences, vectors, limit_s=limit_s)
        except TooSlow as error:
            return {"note": str(error)}, f"  {error}"
        found = Found(measured.value.topics, measured.value.labels, measured.seconds, measured.peak_mib)
        kept.put(key, found)
    row = _figures(found, sentences.texts)
    line = (
        f"{row['topics']:7d}{row['npmi']:8.3f}{row['diversity']:8.2f}{row['npmi_same']:8.3f}"
        f"{row['diversity_same']:8.2f}{row['outliers']:9.1%}{row['s']:8.1f}{row['peak_mib']:7d}{note}"
    )
    return row, line


def _figures(found: Found, texts: Sequence[str]) -> dict[str, Any]:
    """Coherence and diversity of the method's own words, and of the same c-TF-IDF words for all."""
    same = class_words(found.labels, texts)
    return {
        "topics": len(found.topics),
        "npmi": npmi(found.topics, texts),
        "diversity": diversity(found.topics),
        "npmi_same": npmi(same, texts),
        "diversity_same": diversity(same),
        "outliers": float(np.mean(np.array(found.labels) < 0)),
        "s": found.seconds,
        "peak_mib": found.peak_mib,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_topics", description=__doc__)
    parser.add_argument("--reviews", type=Path, required=True, help="Inside Airbnb's detailed reviews file")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of sentences")
    parser.add_argument("--keep", type=Path, help="JSON file that keeps what the peers found")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds that one method may take")
    add_options(parser)
    options = parser.parse_args(arguments)
    recorder = Recorder.of("review_topics", ["sentences", "method"], options, arguments)
    compare_topics(read_file(options.reviews), options.sizes, options.keep, options.limit, recorder.add)


if __name__ == "__main__":
    main()
