"""A city in chunks: the same however it is cut and stopped, and it answers by place and month."""

import csv
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.reviews.city.city import analyse_city
from pipeline.reviews.city.city_results import CityResults
from pipeline.reviews.city.settings import CitySettings
from scrapers.errors import BadReviewsFile

TEXTS = [
    "Very clean flat. Kind host.",
    "So loud at night!",
    "Near the station. Good price.",
    "방이 깨끗해요",
    "👍",
]


@pytest.fixture
def city(tmp_path: Path) -> tuple[Path, Path]:
    reviews, listings = tmp_path / "reviews.csv", tmp_path / "listings.csv"
    with reviews.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["listing_id", "id", "date", "comments"])
        for number in range(60):
            month = number % 12 + 1
            rows.writerow([number % 3, number, f"2023-{month:02d}-10", TEXTS[number % len(TEXTS)]])
    listings.write_text("id,neighbourhood_cleansed\n0,North\n1,South\n2,South\n", encoding="utf-8")
    return reviews, listings


def read(
    city: tuple[Path, Path], folder: Path, chunk: int = 20, progress: Progress | None = None
) -> CityResults:
    return analyse_city(*city, folder, CitySettings(chunk_reviews=chunk, sample_reviews=50), progress)


def test_questions_by_place_and_month(city: tuple[Path, Path], tmp_path: Path) -> None:
    results = read(city, tmp_path / "out")
    assert results.neighbourhoods() == ["North", "South"]
    everything, north = results.aspects(), results.aspects("North")
    clean = everything[everything["aspect"] == "cleanliness"].iloc[0]
    assert clean["reviews"] == 24
    assert clean["low"] < clean["score"] < clean["high"]
    assert north["sentences"].sum() < everything["sentences"].sum()
    january = results.aspects(first_month="2023-01", last_month="2023-01")
    assert january[january["aspect"] == ""]["reviews"].iloc[0] <= 5
    assert (results.aspect_by_month("noise")["reviews"] > 0).all()
    assert set(results.sentences("North", aspect="noise")["text"]) == {"So loud at night!"}
    assert len(results.sentences(first_month="1999-01", last_month="1999-12", aspect="noise")) == 0
    assert results.months()[0] == "2023-01"
    assert results.topics()["sentences"].sum() == everything[everything["aspect"] == ""]["sentences"].iloc[0]
    assert results.baseline.reviews == 48
    assert results.baseline.words["clean"] == 12


def test_a_stopped_run_goes_on_where_it_was(city: tuple[Path, Path], tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if message.startswith("chunk 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        read(city, tmp_path / "stopped", progress=Progress(stop))
    parts = tmp_path / "stopped" / "sentences"
    first = (parts / "part-000000.parquet").stat().st_mtime_ns
    assert not (parts / "part-000001.parquet").exists()
    with pytest.raises(FileNotFoundError, match="no complete analysis"):
        CityResults(tmp_path / "stopped")
    resumed, whole = read(city, tmp_path / "stopped"), read(city, tmp_path / "whole")
    assert (parts / "part-000000.parquet").stat().st_mtime_ns == first
    assert resumed.aspects().equals(whole.aspects())
    assert resumed.topics().equals(whole.topics())


def test_the_size_of_the_chunks_changes_nothing(city: tuple[Path, Path], tmp_path: Path) -> None:
    small, large = read(city, tmp_path / "small", 7), read(city, tmp_path / "large", 100)
    assert small.aspects().equals(large.aspects())
    assert small.topics().equals(large.topics())


def test_other_settings_need_another_folder(city: tuple[Path, Path], tmp_path: Path) -> None:
    read(city, tmp_path / "out")
    with pytest.raises(ValueError, match="another folder"):
        read(city, tmp_path / "out", chunk=21)
    with pytest.raises(ValueError, match="not empty"):
        read(city, tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadReviewsFile, match="listing_id"):
        analyse_city(wrong, None, tmp_path / "out")


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CitySettings(chunk_reviews=0)
    with pytest.raises(ValueError, match="machines"):
        CitySettings(machines="cloud")  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_a_cluster_gives_the_same(city: tuple[Path, Path], tmp_path: Path) -> None:
    # a process of its own: Ray talks over sockets, which tests may not
    code = (
        "import sys, ray; from pathlib import Path; from pipeline.reviews.city.city import *;"
        "ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False);"
        "settings = CitySettings(chunk_reviews=20, sample_reviews=50, machines='ray', ray_address='local');"
        "analyse_city(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), settings)"
    )
    arguments = [str(path) for path in (*city, tmp_path / "cluster")]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=200)
    here, there = read(city, tmp_path / "here"), CityResults(tmp_path / "cluster")
    assert there.aspects().equals(here.aspects())
    assert there.topics().equals(here.topics())
