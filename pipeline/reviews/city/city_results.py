"""Questions to the results of a city: by neighbourhood and month, as tables."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.reviews.city.city_chunks import (
    KINDS,
    SENTENCES_FOLDER,
    WORD_KEYS,
    WORDS_FOLDER,
    CityTopics,
    kind_of,
)
from pipeline.reviews.city.city_places import read_places
from pipeline.reviews.opinions import WORTH
from pipeline.reviews.report import Baseline, Judgement, Score, score_of

if TYPE_CHECKING:
    import pandas as pd

ASPECTS_FILE: Final = "aspects.parquet"
TOPICS_FILE: Final = "topics.parquet"
BASELINE_FILE: Final = "baseline.json"
_MAX_WORDS: Final = 40_000
#: what places of a kind are called together
_KIND_NAMES: Final = {
    "entire": "entire homes",
    "private": "private rooms",
    "shared": "shared rooms",
    "hotel": "hotel rooms",
}
_FEELINGS: Final = ("pos", "neg", "mixed", "neutral")
_KEYS: Final = ["neighbourhood", "month", "kind"]


def write_totals(folder: Path) -> None:
    """Add up all chunks: aspects and topics by neighbourhood and month, and the baseline of the city."""
    import pandas as pd

    aspects: list[pd.DataFrame] = []
    topics: list[pd.DataFrame] = []
    for part in sorted((folder / SENTENCES_FOLDER).glob("part-*.parquet")):
        frame = pd.read_parquet(
            part, columns=[*_KEYS, "listing_id", "review_id", "automated", "topic", "polarity", "aspects"]
        )
        frame = frame[~frame["automated"]]
        aspects.append(_aspect_totals(frame))
        topics.append(_topic_totals(frame))
    names = ["reviews", "sentences", "pos", "neg", "mixed", "neutral", "judging", "good"]
    totals = _sum(aspects, [*_KEYS, "aspect"], names)
    totals.to_parquet(folder / ASPECTS_FILE, index=False)
    _sum(topics, [*_KEYS, "topic"], ["reviews", "sentences", "pos", "neg"]).to_parquet(
        folder / TOPICS_FILE, index=False
    )
    words = _words(folder)
    _baseline(folder.name, totals, words).save(folder / BASELINE_FILE)
    for kind in KINDS:
        own = _baseline(
            f"{_KIND_NAMES[kind]} in {folder.name}",
            totals[totals["kind"] == kind],
            words[words["kind"] == kind],
        )
        own.save(folder / f"baseline-{kind}.json")


def _aspect_totals(frame: "pd.DataFrame") -> "pd.DataFrame":
    """By neighbourhood, month and aspect; the aspect ``""`` counts everything."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for row in frame.itertuples(index=False):
        key = (row.neighbourhood, row.month, row.kind)
        rows.append((*key, "", row.review_id, row.polarity))
        rows.extend(
            (*key, name, row.review_id, polarity) for name, polarity in json.loads(str(row.aspects)).items()
        )
    long = pd.DataFrame(rows, columns=[*_KEYS, "aspect", "review_id", "polarity"])
    long["worth"] = long["polarity"].map(dict(WORTH)).astype("float64")
    for feeling in _FEELINGS:
        long[feeling] = long["polarity"].eq(feeling)
    reviews = long.groupby([*_KEYS, "aspect", "review_id"], sort=True)["worth"].mean().reset_index()
    by_review = reviews.groupby([*_KEYS, "aspect"])["worth"].agg(reviews="size", judging="count", good="sum")
    counted = long.groupby([*_KEYS, "aspect"])[list(_FEELINGS)].sum()
    counted.insert(0, "sentences", long.groupby([*_KEYS, "aspect"]).size())
    result: pd.DataFrame = by_review.join(counted).reset_index()
    return result


def _topic_totals(frame: "pd.DataFrame") -> "pd.DataFrame":
    keyed = frame.assign(pos=frame["polarity"].eq("pos"), neg=frame["polarity"].eq("neg"))
    grouped = keyed.groupby([*_KEYS, "topic"], sort=True)
    return grouped.agg(
        reviews=("review_id", "nunique"),
        sentences=("review_id", "size"),
        pos=("pos", "sum"),
        neg=("neg", "sum"),
    ).reset_index()


def _sum(frames: list["pd.DataFrame"], keys: list[str], values: list[str]) -> "pd.DataFrame":
    import pandas as pd

    if not frames:
        return pd.DataFrame(
            {name: pd.Series(dtype="str" if name in keys else "float64") for name in keys + values}
        )
    return pd.concat(frames).groupby(keys, sort=True)[values].sum().reset_index()


def _words(folder: Path) -> "pd.DataFrame":
    """All words of the chunks by kind and language; only those of the language that most reviews have."""
    import pandas as pd

    parts = sorted((folder / WORDS_FOLDER).glob("part-*.parquet"))
    found = _sum([pd.read_parquet(part) for part in parts], list(WORD_KEYS), ["reviews"])
    spoken = found[found["word"] == ""].groupby("language")["reviews"].sum()
    return found[found["language"] == spoken.idxmax()] if len(spoken) else found


def _baseline(name: str, totals: "pd.DataFrame", words: "pd.DataFrame") -> Baseline:
    """What guests of these places say; words only of one language, so that no word is rare for its language."""
    summed = words.groupby("word")["reviews"].sum()
    counts = {str(word): int(count) for word, count in summed.items()}
    spoken = counts.pop("", 0)
    top = sorted(counts, key=lambda word: (-counts[word], word))[:_MAX_WORDS]
    by_aspect = totals.groupby("aspect")[["reviews", "judging", "good"]].sum()
    own = {str(aspect): row for aspect, row in by_aspect.iterrows() if aspect}
    return Baseline(
        name=name,
        reviews=int(by_aspect["reviews"].get("", 0)),
        words={word: counts[word] for word in top},
        mentions={aspect: int(row["reviews"]) for aspect, row in own.items()},
        good={aspect: round(float(row["good"]), 3) for aspect, row in own.items()},
        bad={aspect: round(float(row["judging"] - row["good"]), 3) for aspect, row in own.items()},
        language=str(words["language"].iloc[0]) if len(words) else "",
        spoken=spoken,
    )


class CityResults:
    """What :func:`pipeline.reviews.city.city.analyse_city` wrote.

    Args:
        folder: its ``out_folder``; ``FileNotFoundError`` if the analysis is not complete.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / BASELINE_FILE).is_file():
            raise FileNotFoundError(f"{folder} holds no complete analysis of a city; run it (again) first")
        self._folder = folder
        self.city_topics = CityTopics.load(folder / "topics")

    @property
    def baseline(self) -> Baseline:
        """The whole city, to compare one listing with."""
        return Baseline.load(self._folder / BASELINE_FILE)

    def baseline_of_kind(self, room_type: str | None) -> Baseline | None:
        """Places of the same kind in the city; ``None`` where the kind is not known, here or there."""
        file = self._folder / f"baseline-{kind_of(room_type)}.json"
        return Baseline.load(file) if file.is_file() else None

    def neighbourhoods(self) -> list[str]:
        """All neighbourhoods, sorted."""
        import pandas as pd

        return sorted(
            pd.read_parquet(self._folder / ASPECTS_FILE, columns=["neighbourhood"])["neighbourhood"].unique()
        )

    def places(self) -> "pd.DataFrame":
        """One row per place of the city that has coordinates: ``listing_id``, ``title``, ``neighbourhood``,
        ``room_type``, ``latitude``, ``longitude``, ``guests``, ``price`` of a night, ``currency``, ``rating``;
        no rows where the city was read without its listings file, or before places were kept.
        """
        return read_places(self._folder)

    def totals(self, aspect: str = "") -> "pd.DataFrame":
        """One row per neighbourhood: ``reviews`` that speak of ``aspect`` (``""``: of anything), of how many
        ``judging`` the sum of worths ``good`` is.
        """
        import pandas as pd

        rows = pd.read_parquet(self._folder / ASPECTS_FILE)
        own = rows[rows["aspect"] == aspect]
        return own.groupby("neighbourhood", sort=True)[["reviews", "judging", "good"]].sum().reset_index()

    def aspects(
        self, neighbourhood: str | None = None, first_month: str = "", last_month: str = "9999-99"
    ) -> "pd.DataFrame":
        """One row per aspect (``""``: everything): reviews, sentences by feeling, score with its 90 % interval.

        Args:
            neighbourhood: only this one.
            first_month, last_month: ``2023-01``, inclusive.
        """
        import pandas as pd

        totals = self._select(
            pd.read_parquet(self._folder / ASPECTS_FILE), neighbourhood, first_month, last_month
        )
        result = totals.drop(columns=_KEYS).groupby("aspect", sort=True).sum().reset_index()
        scores = _scores(result)
        for name in ("value", "low", "high"):
            result[name] = [None if score is None else getattr(score, name) for score in scores]
        return result.rename(columns={"value": "score"})

    def months(self) -> list[str]:
        """All months that have reviews, in order."""
        import pandas as pd

        found = pd.read_parquet(self._folder / ASPECTS_FILE, columns=["month"])["month"].unique()
        return sorted(month for month in found if month)

    def aspect_by_month(self, aspect: str, neighbourhood: str | None = None) -> "pd.DataFrame":
        """One row per month: reviews that speak of ``aspect``, and its score."""
        import pandas as pd

        totals = self._select(pd.read_parquet(self._folder / ASPECTS_FILE), neighbourhood, "", "9999-99")
        own = totals[totals["aspect"] == aspect].drop(columns=["neighbourhood", "kind", "aspect"])
        result = own.groupby("month", sort=True).sum().reset_index()
        scores = _scores(result)
        result["score"] = [None if score is None else score.value for score in scores]
        return result

    def topics(
        self, neighbourhood: str | None = None, first_month: str = "", last_month: str = "9999-99"
    ) -> "pd.DataFrame":
        """One row per topic (-1: none) with its label, the largest first."""
        import pandas as pd

        totals = self._select(
            pd.read_parquet(self._folder / TOPICS_FILE), neighbourhood, first_month, last_month
        )
        result = totals.drop(columns=_KEYS).groupby("topic", sort=True).sum().reset_index()
        labels = self.city_topics.labels
        result["label"] = [labels[int(topic)] if topic >= 0 else "" for topic in result["topic"]]
        return result.sort_values(["sentences", "topic"], ascending=[False, True], ignore_index=True)

    def sentences(
        self,
        neighbourhood: str | None = None,
        first_month: str = "",
        last_month: str = "9999-99",
        aspect: str | None = None,
        topic: int | None = None,
        limit: int = 100,
    ) -> "pd.DataFrame":
        """The first ``limit`` sentences that fit, in the order of the file."""
        import pandas as pd

        wanted: list[tuple[str, str, object]] = [("month", ">=", first_month), ("month", "<=", last_month)]
        wanted += [
            (name, "==", value)
            for name, value in (("neighbourhood", neighbourhood), ("topic", topic))
            if value is not None
        ]
        found: list[pd.DataFrame] = []
        count = 0
        for part in sorted((self._folder / SENTENCES_FOLDER).glob("part-*.parquet")):
            frame = pd.read_parquet(part, filters=wanted)
            if aspect is not None:
                frame = frame[frame["aspects"].map(lambda own: aspect in json.loads(own)).astype(bool)]
            found.append(frame)
            count += len(frame)
            if count >= limit:
                break
        return pd.concat(found, ignore_index=True).head(limit) if found else pd.DataFrame()

    @staticmethod
    def _select(frame: "pd.DataFrame", neighbourhood: str | None, first: str, last: str) -> "pd.DataFrame":
        months = frame["month"].between(first, last)
        return (
            frame[months]
            if neighbourhood is None
            else frame[months & (frame["neighbourhood"] == neighbourhood)]
        )


def _scores(frame: "pd.DataFrame") -> list[Score | None]:
    pairs = zip(frame["judging"].astype("float64"), frame["good"].astype("float64"), strict=True)
    return [
        score_of([Judgement(1.0, good), Judgement(0.0, judging - good)]) if judging else None
        for judging, good in pairs
    ]
