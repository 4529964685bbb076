"""Aspects and polarity against labels: ``python -m benchmarks.reviews [--labels FILE.jsonl ...]``.

Each line of a labels file is an object with ``text``, ``language``, ``aspects`` (name to pos, neg, mixed or
neutral) and ``polarity``. In one run, on the same sentences and vectors: this project, its rules without
vectors, the seed's method (guided BERTopic, topic to aspect by one cosine), the same with plain BERTopic,
cosine to one seed sentence per aspect, cosine to keywords, a keyword list.

Then speed (:mod:`benchmarks.review_speed`), topics (:mod:`benchmarks.review_topics`) and their stability
(:mod:`benchmarks.review_stability`) on the reviews of ``--reviews FILE`` (Inside Airbnb's ``reviews.csv.gz``)
or of the demo listing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.apart import TooSlow, run_apart
from benchmarks.records.recorder import Add, Recorder, add_options, ignored
from benchmarks.review_topics import LIMIT_S, plain_bertopic, seed_settings, topics_to_aspects
from pipeline.reviews.opinions import BUILT_IN, Opinions
from pipeline.reviews.opinions.sentiment import POLARITIES
from pipeline.reviews.recipe import aspect_model
from pipeline.reviews.settings import ReviewSettings, make_encoder
from pipeline.reviews.text import Sentence, Sentences

#: one description per aspect
_SEED_SENTENCES: Final[dict[str, str]] = {
    "cleanliness": "The room was clean and tidy.",
    "noise": "It was noisy and we could hear everything.",
    "location": "The location is convenient and close to public transport.",
    "price": "The price is reasonable and good value for money.",
    "facilities": "The room has good facilities and amenities.",
    "host": "The host was kind and responded quickly.",
}
_SEED_COSINE: Final = 0.35
_KEYWORDS: Final[dict[str, tuple[str, ...]]] = {
    "cleanliness": ("clean", "dirty", "dust", "smell", "spotless", "mold", "tidy"),
    "noise": ("noise", "noisy", "quiet", "loud", "peaceful", "soundproof"),
    "location": ("location", "close", "near", "walk", "station", "bus", "train", "metro", "area", "distance"),
    "price": ("price", "value", "cheap", "expensive", "worth", "affordable"),
    "facilities": ("room", "bed", "bathroom", "kitchen", "shower", "wifi", "pool", "comfortable", "spacious"),
    "host": ("host", "staff", "check in", "check-in", "helpful", "friendly", "communication", "responsive"),
}


@dataclass(frozen=True)
class Labelled:
    """One line of a labels file."""

    text: str
    language: str
    aspects: dict[str, str]
    polarity: str
    listing: str = ""


@dataclass(frozen=True)
class Scores:
    """Aspects found by one method: one row per sentence."""

    method: str
    aspects: tuple[frozenset[str], ...]
    seconds: float


def read_labels(path: Path) -> list[Labelled]:
    """The sentences of a labels file; ``ValueError`` names a line that is none."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw: dict[str, Any] = json.loads(line)
            listing = str(raw.get("listing_id", ""))
            rows.append(Labelled(raw["text"], raw["language"], raw["aspects"], raw["polarity"], listing))
        except (json.JSONDecodeError, KeyError) as error:
            raise ValueError(f"{path}:{number} is no labelled sentence: {error!r}") from error
    if not rows:
        raise ValueError(f"{path} holds no labelled sentence")
    return rows


def micro_f1(found: Sequence[frozenset[str]], rows: Sequence[Labelled]) -> float:
    """F1 over all (sentence, aspect) pairs."""
    hits = sum(len(names & set(row.aspects)) for names, row in zip(found, rows, strict=True))
    total = sum(len(names) + len(row.aspects) for names, row in zip(found, rows, strict=True))
    return 2 * hits / total if total else 1.0


def macro_f1(found: Sequence[frozenset[str]], rows: Sequence[Labelled]) -> float:
    """Mean of the aspects' F1."""
    values = []
    for aspect in BUILT_IN:
        only = [names & {aspect} for names in found]
        labels = [
            Labelled(r.text, r.language, {a: p for a, p in r.aspects.items() if a == aspect}, "") for r in rows
        ]
        values.append(micro_f1(only, labels))
    return float(np.mean(values))


def compare_aspects(
    rows: Sequence[Labelled], vectors: np.ndarray, seeds: np.ndarray, keys: np.ndarray
) -> list[Scores]:
    """Every method on the same sentences and vectors."""
    model = aspect_model(ReviewSettings())

    def ours(with_vectors: bool) -> list[frozenset[str]]:
        return [frozenset(row.aspects) for row in model.predict(rows, vectors if with_vectors else None)]

    methods: dict[str, Callable[[], list[frozenset[str]]]] = {
        "ours": lambda: ours(True),
        "ours without vectors": lambda: ours(False),
        "best cosine": lambda: [frozenset({BUILT_IN[k]}) for k in (vectors @ seeds.T).argmax(1)],
        "cosine > 0.35": lambda: _above(vectors @ seeds.T),
        "cosine to keywords": lambda: _above(vectors @ keys.T),
        "keyword list": lambda: [_keywords(row.text) for row in rows],
    }
    results = []
    for name, method in methods.items():
        start = time.perf_counter()
        found = method()
        results.append(Scores(name, tuple(found), time.perf_counter() - start))
    return results


def _by_topic(
    method: Callable[[Sentences, np.ndarray], Any], sentences: Sentences, vectors: np.ndarray
) -> list[frozenset[str]]:
    """Every sentence gets the aspect of its topic; one without a topic gets none."""
    found = method(sentences, vectors)
    aspects = topics_to_aspects(found)
    return [frozenset() if label < 0 else frozenset({BUILT_IN[aspects[label]]}) for label in found.labels]


def seed_aspects(sentences: Sentences, vectors: np.ndarray) -> list[frozenset[str]]:
    """What the seed makes of the sentences."""
    return _by_topic(seed_settings, sentences, vectors)


def bertopic_aspects(sentences: Sentences, vectors: np.ndarray) -> list[frozenset[str]]:
    """The same with plain BERTopic."""
    return _by_topic(plain_bertopic, sentences, vectors)


def compare_peers(rows: Sequence[Labelled], vectors: np.ndarray) -> list[Scores]:
    """Guided and plain BERTopic, each in a fresh process; what fails or takes too long is left out."""
    sentences = Sentences(
        tuple(Sentence(str(i), 0, row.text, 0, len(row.text), row.language) for i, row in enumerate(rows))
    )
    results = []
    for name, method in (("seed: guided BERTopic", seed_aspects), ("plain BERTopic", bertopic_aspects)):
        try:
            done = run_apart(method, sentences, vectors, limit_s=LIMIT_S)
        except TooSlow as error:
            print(f"{name}: {error}")
            continue
        results.append(Scores(name, tuple(done.value), done.seconds))
    return results


def _above(cosines: np.ndarray) -> list[frozenset[str]]:
    return [frozenset(BUILT_IN[k] for k in np.flatnonzero(row > _SEED_COSINE)) for row in cosines]


def _keywords(text: str) -> frozenset[str]:
    lower = text.lower()
    return frozenset(name for name, words in _KEYWORDS.items() if any(word in lower for word in words))


def print_aspects(rows: Sequence[Labelled], results: Sequence[Scores]) -> None:
    """Micro- and macro-F1 by language and over all, seconds."""
    languages = sorted({row.language for row in rows}, key=lambda code: (code != "en", code))
    everything = list(range(len(rows)))
    parts = [[index for index in everything if rows[index].language == code] for code in languages]
    for name, measure in (("micro", micro_f1), ("macro", macro_f1)):
        print(f"{f'aspect {name}-F1':24}" + "".join(f"{code:>7}" for code in [*languages, "all", "s"]))
        for scores in results:
            cells = [
                measure([scores.aspects[i] for i in part], [rows[i] for i in part])
                for part in [*parts, everything]
            ]
            shown = "".join(f"{value:7.3f}" for value in cells)
            print(f"{scores.method:24}{shown}{scores.seconds:7.2f}")


def print_polarity(rows: Sequence[Labelled], opinions: Opinions) -> None:
    """Accuracy and macro-F1 of four polarities, pos against neg, and of the aspects' own polarity."""
    truth = np.array([row.polarity for row in rows])
    found = np.array([opinion.polarity for opinion in opinions])
    f1s = [_f1(found == name, truth == name) for name in POLARITIES if (truth == name).any()]
    signed = np.isin(truth, ("pos", "neg"))
    print(f"polarity accuracy (4 classes) {np.mean(found == truth):.3f}, macro-F1 {np.mean(f1s):.3f}")
    scores = np.array([opinion.score for opinion in opinions])
    leaning = np.where(scores > 0, "pos", "neg")
    print(
        f"pos against neg, of {signed.sum()}: {np.mean(leaning[signed] == truth[signed]):.3f} by score; "
        f"{np.mean(found[signed] == truth[signed]):.3f} where mixed and neutral are wrong"
    )
    pairs = [
        (opinion.aspects[name].polarity, polarity)
        for row, opinion in zip(rows, opinions, strict=True)
        for name, polarity in row.aspects.items()
        if name in opinion.aspects
    ]
    print(f"polarity of {len(pairs)} found aspects: accuracy {np.mean([a == b for a, b in pairs]):.3f}")
    for code in sorted({row.language for row in rows}):
        part = np.array([row.language == code for row in rows])
        print(f"  {code}: polarity accuracy {np.mean(found[part] == truth[part]):.3f} ({part.sum()} sentences)")


def _f1(found: np.ndarray, truth: np.ndarray) -> float:
    total = found.sum() + truth.sum()
    return float(2 * (found & truth).sum() / total) if total else 1.0


def run_labels(path: Path, add: Add = ignored) -> None:
    """Print everything for one labels file."""
    rows = read_labels(path)
    encoder = make_encoder(ReviewSettings())
    start = time.perf_counter()
    vectors = encoder.encode([row.text for row in rows])
    seconds = time.perf_counter() - start
    seeds = encoder.encode([_SEED_SENTENCES[name] for name in BUILT_IN])
    keys = encoder.encode([" ".join(_KEYWORDS[name]) for name in BUILT_IN])
    print(f"{path.name}: {len(rows)} sentences, embedded in {seconds:.1f} s ({encoder.backend_name})")
    results = compare_aspects(rows, vectors, seeds, keys)
    results += compare_peers(rows, vectors)
    print_aspects(rows, results)
    for scores in results:
        figures = {"micro_f1": micro_f1(scores.aspects, rows), "macro_f1": macro_f1(scores.aspects, rows)}
        add({"labels": path.name, "method": scores.method, **figures, "s": scores.seconds})
    opinions = aspect_model(ReviewSettings()).predict(rows, vectors)
    right = [opinion.polarity == row.polarity for opinion, row in zip(opinions, rows, strict=True)]
    add({"labels": path.name, "method": "polarity, ours", "accuracy": float(np.mean(right))})
    print_polarity(rows, opinions)
    print()


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--labels", type=Path, action="append", default=[], help="JSONL; may be given several times"
    )
    parser.add_argument("--reviews", type=Path, help="Inside Airbnb's detailed reviews, for topics and speed")
    parser.add_argument("--keep", type=Path, help="JSON file that keeps what slow peers found about topics")
    add_options(parser)
    options = parser.parse_args(arguments)
    recorder = Recorder.of("reviews", ["labels", "method"], options, arguments)
    for path in options.labels:
        run_labels(path, recorder.add)
    run_topics(options.reviews, options.keep)


def run_topics(reviews_file: Path | None, keep: Path | None = None) -> None:
    """Speed, topics and stability on the reviews of a city, else on those of the demo listing."""
    from benchmarks import review_stability
    from benchmarks.review_speed import compare_speed
    from benchmarks.review_topics import SIZES, compare_topics, demo_reviews
    from pipeline.reviews.city.city import read_file

    reviews = demo_reviews() if reviews_file is None else read_file(reviews_file)
    compare_speed(reviews)
    print()
    compare_topics(reviews, SIZES[:1] if reviews_file is None else SIZES, keep)
    print()
    counts = [count for count in review_stability.COUNTS if count <= len(reviews)]
    review_stability.measure(reviews, counts)


if __name__ == "__main__":
    main()
