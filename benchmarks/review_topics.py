"""Topics and speed, ours beside the seed's settings and plain BERTopic: ``python -m benchmarks.review_topics``.

All methods get the same sentences and the same vectors, each in a process of its own (so that peak memory and
compilation are its own). ``--reviews`` takes an Inside Airbnb reviews file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.topic_scores import diversity, npmi
from models.sentence_encoder import BUNDLED, SentenceEncoder, SentenceEncoderConfig, model_folder
from pipeline import demo
from pipeline.reviews.analyse import ReviewSettings, analyse_reviews, read_opinions, readings, word_embedder
from pipeline.reviews.city import read_file
from pipeline.reviews.sentences import Sentences, split_reviews
from pipeline.reviews.topics import find_topics
from scrapers.listing import Review

SIZES: Final = (300, 3000, 20000)
_SEED_TOPICS: Final = (
    ("clean", "dirty", "tidy", "smell"),
    ("noise", "noisy", "quiet", "loud"),
    ("location", "station", "close", "walk"),
    ("price", "value", "cheap", "expensive"),
    ("bed", "bathroom", "kitchen", "room"),
    ("host", "kind", "helpful", "response"),
)


@dataclass(frozen=True)
class Found:
    """What one method made of some sentences."""

    topics: tuple[tuple[str, ...], ...]
    labels: tuple[int, ...]
    seconds: float
    peak_mib: int


def _ours(sentences: Sentences, vectors: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    settings = ReviewSettings()
    opinions = read_opinions(sentences, vectors, settings)
    embed_words = word_embedder(SentenceEncoder(), settings)
    aspects = [list(row.aspects) for row in opinions]
    found = find_topics(sentences, vectors, embed_words, settings.topics, aspects=aspects)
    return [[word for word, _ in topic.keywords] for topic in found.topics], found.assignment


def _bertopic(sentences: Sentences, vectors: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    from bertopic import BERTopic

    return _fit(BERTopic(), sentences, vectors)


def _seed(sentences: Sentences, vectors: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    """Guided BERTopic, UMAP to the plane, HDBSCAN leaves, TF-IDF, topics to aspects by cosine."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import TfidfVectorizer
    from umap import UMAP

    model = BERTopic(
        embedding_model=_stock_model(),
        umap_model=UMAP(n_components=2, n_neighbors=30, min_dist=0.0, metric="cosine"),
        hdbscan_model=HDBSCAN(
            min_cluster_size=6, min_samples=3, cluster_selection_method="leaf", prediction_data=True
        ),
        vectorizer_model=TfidfVectorizer(),
        seed_topic_list=[list(words) for words in _SEED_TOPICS],
    )
    topics, labels = _fit(model, sentences, vectors)
    if topics:
        stock = _stock_model()
        aspects = stock.encode([" ".join(words) for words in _SEED_TOPICS], show_progress_bar=False)
        np.argmax(
            stock.encode([" ".join(words) for words in topics], show_progress_bar=False) @ aspects.T, axis=1
        )
    return topics, labels


def _fit(model: Any, sentences: Sentences, vectors: np.ndarray) -> tuple[list[list[str]], np.ndarray]:
    labels, _ = model.fit_transform(sentences.texts, vectors)
    topics = [
        [word for word, _ in model.get_topic(number)] for number in sorted(model.get_topics()) if number >= 0
    ]
    return topics, np.array(labels)


def _stock_model() -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(model_folder(BUNDLED)), device="cpu")


METHODS: Final[dict[str, Callable[[Sentences, np.ndarray], tuple[list[list[str]], np.ndarray]]]] = {
    "ours": _ours,
    "plain BERTopic": _bertopic,
    "seed's settings": _seed,
}


def _run(method: str, sentences: Sentences, vectors: np.ndarray) -> Found:
    start = time.perf_counter()
    topics, labels = METHODS[method](sentences, vectors)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Found(tuple(map(tuple, topics)), tuple(map(int, labels)), seconds, peak)


def _report(sentences: Sentences) -> Found:
    """From vectors of stock embeddings on: what the seed's user waits for."""
    start = time.perf_counter()
    vectors = _stock_model().encode(sentences.texts, show_progress_bar=False)
    _seed(sentences, vectors)
    return Found(
        (), (), time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    )


def _own_report(reviews: Sequence[Review]) -> tuple[Found, Found, dict[str, float]]:
    """From raw text to the report, in a cold process and again."""
    start = time.perf_counter()
    report = analyse_reviews(reviews)
    cold = time.perf_counter() - start
    start = time.perf_counter()
    analyse_reviews(reviews)
    warm = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Found((), (), cold, peak), Found((), (), warm, peak), report.timings_s


@contextmanager
def _own_process() -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


def demo_reviews() -> list[Review]:
    """The invented reviews of the demo listing."""
    file = Path(demo.__file__).with_name("reviews.json")
    return [Review(**raw) for raw in json.loads(file.read_text(encoding="utf-8"))]


def sample(reviews: Sequence[Review], size: int) -> Sentences:
    """``size`` sentences, drawn by their digests."""
    rows = split_reviews(reviews).rows
    digests = [
        hashlib.sha256(f"{row.text}{row.review_id}".encode("utf-8", "surrogatepass")).digest() for row in rows
    ]
    order = sorted(range(len(rows)), key=lambda index: digests[index])
    return Sentences(tuple(rows[index] for index in sorted(order[:size])))


def compare_topics(reviews: Sequence[Review], sizes: Sequence[int] = SIZES) -> None:
    """Print NPMI, diversity, outliers, seconds and peak memory of every method for every size."""
    titles = f"{'topics':>7}{'NPMI':>8}{'divers.':>8}{'outliers':>9}{'s':>8}{'MiB':>7}"
    print(f"{'sentences':>9}  {'method':16}{titles}")
    for size in sizes:
        sentences = sample(reviews, size)
        vectors = SentenceEncoder().encode(readings(sentences, ReviewSettings()))
        for method in METHODS:
            with _own_process() as pool:
                found = pool.submit(_run, method, sentences, vectors).result()
            outliers = float(np.mean(np.array(found.labels) < 0))
            print(
                f"{len(sentences):9d}  {method:16}{len(found.topics):7d}"
                f"{npmi(found.topics, sentences.texts):8.3f}"
                f"{diversity(found.topics):8.2f}{outliers:9.1%}{found.seconds:8.1f}{found.peak_mib:7d}",
                flush=True,
            )


def compare_speed(reviews: Sequence[Review], count: int = 1000) -> None:
    """Print seconds from raw text to the end, ours (cold, warm, by stage) beside the seed's settings."""
    step = max(len(reviews) // count, 1)
    some = list(reviews)[::step][:count]
    SentenceEncoder(SentenceEncoderConfig()).encode(["once: makes the int8 model if it is not there"])
    with _own_process() as pool:
        cold, warm, stages = pool.submit(_own_report, some).result()
    with _own_process() as pool:
        seed = pool.submit(_report, split_reviews(some)).result()
    print(
        f"{len(some)} reviews to the report  ours cold {cold.seconds:.1f} s, warm {warm.seconds:.1f} s", end=""
    )
    print(
        f" ({cold.peak_mib} MiB); seed's settings, stock embedding {seed.seconds:.1f} s ({seed.peak_mib} MiB)"
    )
    print("stages, cold: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in stages.items()))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_topics", description=__doc__)
    parser.add_argument("--reviews", type=Path, required=True, help="Inside Airbnb's detailed reviews file")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="numbers of sentences")
    parser.add_argument("--no-speed", action="store_true", help="leave out the time to the report")
    options = parser.parse_args(arguments)
    reviews = read_file(options.reviews)
    if not options.no_speed:
        compare_speed(reviews)
    compare_topics(reviews, options.sizes)


if __name__ == "__main__":
    main()
