"""From raw text to the report, ours beside the seed's settings: ``python -m benchmarks.review_speed``.

The seed's user waits for stock embedding and guided BERTopic; both get the same sentences, each in a fresh
process. ``--city`` reads a whole file by the city path and prints seconds, sentences a second and peak memory.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.apart import run_apart
from benchmarks.records.recorder import Add, Recorder, add_options, ignored
from benchmarks.review_topics import demo_reviews, seed_settings, stock_model, topics_to_aspects
from models.sentence_encoder import SentenceEncoder
from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.city.city import analyse_city, read_file
from pipeline.reviews.city.settings import CitySettings
from pipeline.reviews.text import Sentences, split_reviews
from scrapers.listing import Review
from scrapers.tables import Table

REVIEWS = 1000


def _seed_report(sentences: Sentences) -> None:
    vectors = stock_model().encode(sentences.texts, show_progress_bar=False)
    topics_to_aspects(seed_settings(sentences, np.asarray(vectors)))


def _own_report(reviews: Sequence[Review]) -> dict[str, float]:
    return analyse_reviews(reviews).timings_s


def _own_report_twice(reviews: Sequence[Review]) -> tuple[float, dict[str, float]]:
    analyse_reviews(reviews)
    start = time.perf_counter()
    stages = analyse_reviews(reviews).timings_s
    return time.perf_counter() - start, stages


def compare_speed(reviews: Sequence[Review], count: int = REVIEWS, add: Add = ignored) -> None:
    """Print seconds from raw text to the end: ours cold, warm and by stage, the seed's settings, the ratio."""
    some = list(reviews)[:: max(len(reviews) // count, 1)][:count]
    sentences = split_reviews(some)
    SentenceEncoder().encode(["once: makes the int8 model if it is not there"])
    cold = run_apart(_own_report, some)
    warm_s, stages = run_apart(_own_report_twice, some).value
    seed = run_apart(_seed_report, sentences)
    size = {"reviews": len(some), "sentences": len(sentences)}
    add({"what": "ours, cold process", **size, "s": cold.cold_s, "peak_mib": cold.peak_mib})
    add({"what": "ours, warm", **size, "s": warm_s, **{f"s_{name}": value for name, value in stages.items()}})
    add({"what": "seed's settings, cold process", **size, "s": seed.cold_s, "peak_mib": seed.peak_mib})
    print(f"{len(some)} reviews, {len(sentences)} sentences, from raw text to the report:")
    print(f"  ours, cold process  {cold.cold_s:7.1f} s  {cold.peak_mib} MiB")
    print(f"  ours, warm          {warm_s:7.1f} s")
    print("    by stage: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in stages.items()))
    print(f"  seed's settings     {seed.cold_s:7.1f} s  {seed.peak_mib} MiB (stock embedding, cold process)")
    print(
        f"  {seed.cold_s / cold.cold_s:.1f} times faster cold, {seed.seconds / warm_s:.1f} times faster warm",
        flush=True,
    )


def _read_city(reviews_file: Path, listings_file: Path | None, folder: Path) -> int:
    results = analyse_city(reviews_file, listings_file, folder, CitySettings())
    everything = results.aspects()
    return int(everything[everything["aspect"] == ""]["sentences"].sum())


def measure_city(
    reviews_file: Path, listings_file: Path | None = None, repeat: int = 1, add: Add = ignored
) -> None:
    """Print what the city path takes for a file, or for the file several times over."""
    with tempfile.TemporaryDirectory() as work:
        file = reviews_file if repeat == 1 else _repeated(reviews_file, repeat, Path(work) / "reviews.csv")
        done = run_apart(_read_city, file, listings_file, Path(work) / "city", limit_s=4 * 3600)
    add({"what": "city", "sentences": done.value, "s": done.cold_s, "peak_mib": done.peak_mib})
    print(
        f"city: {done.value} sentences of guests in {done.cold_s:.0f} s "
        f"({done.value / done.cold_s:.0f} a second), {done.peak_mib} MiB",
        flush=True,
    )


def _repeated(reviews_file: Path, times: int, target: Path) -> Path:
    """The same reviews several times over, with new ids."""
    with target.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        for number in range(times):
            with Table(reviews_file) as table:
                if not number:
                    rows.writerow(table.columns)
                for row in table:
                    cells = {**row.cells, "id": f"{number}-{row.cells.get('id', '')}"}
                    rows.writerow([cells.get(name) for name in table.columns])
    return target


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_speed", description=__doc__)
    parser.add_argument(
        "--reviews", type=Path, help="Inside Airbnb's detailed reviews file (default: the demo)"
    )
    parser.add_argument("--listings", type=Path, help="listings.csv.gz, for the neighbourhoods of the city")
    parser.add_argument("--city", action="store_true", help="read the whole file by the city path instead")
    parser.add_argument("--repeat", type=int, default=1, help="with --city: the file so many times over")
    add_options(parser)
    options = parser.parse_args(arguments)
    recorder = Recorder.of("review_speed", ["what"], options, arguments)
    if options.city:
        if options.reviews is None:
            parser.error("--city needs --reviews")
        measure_city(options.reviews, options.listings, options.repeat, recorder.add)
    else:
        reviews = demo_reviews() if options.reviews is None else read_file(options.reviews)
        compare_speed(reviews, add=recorder.add)


if __name__ == "__main__":
    main()
