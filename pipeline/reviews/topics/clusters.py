"""Which sentences belong together: PCA and Ward-started k-means, the same whatever the order of the sentences.

Measured against UMAP + HDBSCAN, this is faster, leaves fewer sentences over and does not change when reviews
are shuffled.
"""

import hashlib
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64, UInt64

#: the start of k-means is sought on this many rows at most
_START_ROWS: Final = 3000
#: k-means on different parts of the rows: what they agree on does not hang on single reviews
_TRIALS: Final = 30
_TRIAL_SHARE: Final = 0.7
FEW_SENTENCES: Final = 8
_FEW_DISTINCT: Final = 4
#: there are at least so many topics as soon as there is matter for them
_FEW_TOPICS: Final = 4
_SENTENCES_PER_TOPIC: Final = 8
_EQUAL: Final = 1e-6
_SENTENCES_TO_KNOW_A_LANGUAGE: Final = 20
OUTLIER: Final = -1


@dataclass(frozen=True)
class ClusterSettings:
    """How sentences are grouped.

    Attributes:
        max_topics: upper limit of the number of topics, sqrt(n) / 3 - 1 below it (but 4 from 32 sentences on).
        finer: so many times more groups are sought than topics are wanted; those of one thing are joined again.
        max_components: of the PCA.
        min_topic_size: smaller groups are dissolved (2 below 60 sentences).
        outlier_cosine: sentences less similar than this to the mean of their topic fit nothing...
        max_outlier_share: ...but at most this share of all.
    """

    max_topics: int = 40
    finer: float = 1.6
    max_components: int = 25
    min_topic_size: int = 4
    outlier_cosine: float = 0.35
    max_outlier_share: float = 0.2

    def __post_init__(self) -> None:
        if not 1 <= self.finer <= 10:
            raise ValueError("finer must lie between 1 and 10")
        if min(self.max_topics, self.max_components, self.min_topic_size) < 1:
            raise ValueError("max_topics, max_components and min_topic_size must be at least 1")
        if not 0 <= self.max_outlier_share < 1 or not -1 <= self.outlier_cosine < 1:
            raise ValueError("max_outlier_share must lie in [0, 1) and outlier_cosine in [-1, 1)")


def hash_order(texts: Sequence[str]) -> Int64[np.ndarray, "N"]:
    """A permutation of the rows that depends on the texts, not on their order (stable for equal texts)."""
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
    return np.array(sorted(range(len(texts)), key=lambda row: (digests[row], row)), dtype=np.int64)


def without_language(
    vectors: Float32[np.ndarray, "N D"], languages: Sequence[str]
) -> Float32[np.ndarray, "N D"]:
    """Take away what the sentences of one language have in common, so that no topic is a language."""
    return shifted(vectors, languages, language_shifts(vectors, languages))


def language_shifts(
    vectors: Float32[np.ndarray, "N D"], languages: Sequence[str]
) -> dict[str, Float32[np.ndarray, "D"]]:
    """From the mean of each language towards that of all, the further the more sentences it has."""
    codes = np.array(languages)
    exact = vectors.astype(np.float64)
    overall = exact.mean(0)
    shifts = {}
    for code in np.unique(codes):
        rows = codes == code
        known = rows.sum() / (rows.sum() + _SENTENCES_TO_KNOW_A_LANGUAGE)
        shifts[str(code)] = (known * (overall - exact[rows].mean(0))).astype(np.float32)
    return shifts


def shifted(
    vectors: Float32[np.ndarray, "N D"],
    languages: Sequence[str],
    shifts: Mapping[str, Float32[np.ndarray, "D"]],
) -> Float32[np.ndarray, "N D"]:
    """Unit vectors after the shift of their language; languages without one stay."""
    still = np.zeros(vectors.shape[1], dtype=np.float32)
    moved = vectors + np.stack([shifts.get(code, still) for code in languages])
    unit: Float32[np.ndarray, "N D"] = moved / np.linalg.norm(moved, axis=1, keepdims=True).clip(1e-9)
    return unit


def with_aspects(
    vectors: Float32[np.ndarray, "N D"],
    aspects: Sequence[Collection[str]],
    weight: float,
    names: Sequence[str] | None = None,
) -> Float32[np.ndarray, "N E"]:
    """Unit vectors with one more number for every aspect: sentences with the same aspects are nearer.

    Args:
        names: the aspects in the order of their numbers (default: all that occur, sorted); others are left out.
    """
    if names is None:
        names = sorted({aspect for own in aspects for aspect in own})
    column = {name: index for index, name in enumerate(names)}
    extra = np.zeros((len(vectors), len(names)), dtype=np.float32)
    for row, own in enumerate(aspects):
        for aspect in own:
            if aspect in column:
                extra[row, column[aspect]] = weight / np.sqrt(len(own))
    joined = np.concatenate([vectors, extra], axis=1)
    unit: Float32[np.ndarray, "N E"] = joined / np.linalg.norm(joined, axis=1, keepdims=True).clip(1e-9)
    return unit


def cluster_sentences(
    vectors: Float32[np.ndarray, "N D"],
    settings: ClusterSettings,
    seed: int,
    keys: UInt64[np.ndarray, "N"] | None = None,
) -> Int64[np.ndarray, "N"]:
    """Topic of every row, 0 for the largest, :data:`OUTLIER` for those that fit none.

    Give the rows in :func:`hash_order`: then the result does not depend on the order of the reviews.

    Args:
        vectors: unit vectors.
        keys: a number for every row that stays with it when others are taken away.
    """
    rows = len(vectors)
    distinct = len({row.tobytes() for row in np.round(vectors, 4) + 0.0})
    if rows < FEW_SENTENCES or distinct < _FEW_DISTINCT:
        return np.zeros(rows, dtype=np.int64)
    if keys is None:
        keys = np.arange(rows, dtype=np.uint64) * np.uint64(7919)
    topics = min(round(settings.finer * topic_count(rows, settings)), distinct // 2)
    labels = _kmeans_labels(vectors, keys, topics, settings.max_components, seed)
    labels = _dissolve_small(vectors, labels, settings.min_topic_size if rows >= 60 else 2)
    labels = np.where(_outliers(vectors, labels, settings), OUTLIER, labels)
    return by_size(labels)


def keys_of(texts: Sequence[str]) -> UInt64[np.ndarray, "N"]:
    """A number for every text that depends on nothing else."""
    digests = b"".join(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8] for text in texts)
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64) >> np.uint64(16)


def topic_count(rows: int, settings: ClusterSettings) -> int:
    """How many topics ``rows`` sentences are cut into."""
    least = int(np.clip(rows // _SENTENCES_PER_TOPIC, 2, _FEW_TOPICS))
    return min(max(int(np.sqrt(rows) / 3 - 1), least), settings.max_topics)


def centroids(
    vectors: Float32[np.ndarray, "N D"], labels: Int64[np.ndarray, "N"]
) -> Float32[np.ndarray, "K D"]:
    """Unit mean vector of every topic 0..K-1 (outliers left out)."""
    means = np.stack([vectors[labels == topic].mean(0) for topic in range(labels.max() + 1)])
    norms = np.linalg.norm(means, axis=1, keepdims=True)
    unit: Float32[np.ndarray, "K D"] = (means / np.maximum(norms, 1e-9)).astype(np.float32)
    return unit


def by_size(labels: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
    """Renumber: 0 is the largest topic, ties by the row that comes first; outliers stay."""
    topics, first, sizes = np.unique(labels[labels != OUTLIER], return_index=True, return_counts=True)
    ranked = topics[np.lexsort((first, -sizes))]
    rank = {int(topic): place for place, topic in enumerate(ranked)}
    return np.array([rank.get(int(label), OUTLIER) for label in labels], dtype=np.int64)


def flat_map(vectors: Float32[np.ndarray, "N D"], labels: Int64[np.ndarray, "N"]) -> Float[np.ndarray, "N 2"]:
    """A place in [-1, 1]^2 for every row: PCA of the vectors, each pulled half-way to the mean of its topic."""
    if len(vectors) < 2:
        return np.zeros((len(vectors), 2))
    pulled = vectors.astype(np.float64)
    inside = labels != OUTLIER
    if inside.any():
        pulled[inside] += centroids(vectors, labels)[labels[inside]]
    if np.ptp(pulled, axis=0).max() < _EQUAL:
        return np.zeros((len(vectors), 2))
    places = _pca(pulled, 2, seed=0)
    if places.shape[1] < 2:
        places = np.pad(places, ((0, 0), (0, 2 - places.shape[1])))
    flat: Float[np.ndarray, "N 2"] = places / max(float(np.abs(places).max()), 1e-9)
    return flat


@contextmanager
def _one_thread() -> Iterator[None]:
    """The order in which several threads add up would change the last bits."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1), warnings.catch_warnings():
        # fewer different rows than topics: some stay empty, and are dissolved
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        yield


def _pca(vectors: Float[np.ndarray, "N D"], components: int, seed: int) -> Float[np.ndarray, "N C"]:
    from sklearn.decomposition import PCA

    count = min(components, len(vectors) - 1, vectors.shape[1])
    solver = "covariance_eigh" if len(vectors) > vectors.shape[1] else "full"
    with _one_thread():
        reduced: Float[np.ndarray, "N C"] = PCA(count, svd_solver=solver, random_state=seed).fit_transform(
            vectors.astype(np.float64)
        )
    return reduced


def _kmeans_labels(
    vectors: Float32[np.ndarray, "N D"],
    keys: UInt64[np.ndarray, "N"],
    topics: int,
    components: int,
    seed: int,
) -> Int64[np.ndarray, "N"]:
    from sklearn.cluster import KMeans

    reduced = _pca(vectors, components, seed)
    reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-9)
    with _one_thread():
        start = _agreed_centres(reduced[:_START_ROWS], keys[:_START_ROWS], topics, seed)
        fitted = KMeans(topics, init=start, n_init=1, random_state=seed).fit(reduced)
    return np.asarray(fitted.labels_, dtype=np.int64)


def _agreed_centres(
    rows: Float[np.ndarray, "M C"], keys: UInt64[np.ndarray, "M"], topics: int, seed: int
) -> Float[np.ndarray, "K C"]:
    """Means of the centres that k-means finds again and again in parts of the rows.

    Which part a row is in follows from its key: taking rows away leaves the others where they are.
    """
    from sklearn.cluster import AgglomerativeClustering, KMeans

    found = []
    for trial in range(_TRIALS):
        drawn = (keys * np.uint64(2 * trial + 1) + np.uint64(trial)) % np.uint64(1009) < _TRIAL_SHARE * 1009
        part = rows[drawn] if drawn.sum() >= 2 * topics else rows
        trials = KMeans(topics, n_init=1, max_iter=50, random_state=seed + trial).fit(part)
        found.append(trials.cluster_centers_)
    centres = np.concatenate(found)
    groups = AgglomerativeClustering(n_clusters=topics, linkage="ward").fit_predict(centres)
    return np.stack([centres[groups == group].mean(0) for group in range(topics)])


def _dissolve_small(
    vectors: Float32[np.ndarray, "N D"], labels: Int64[np.ndarray, "N"], min_size: int
) -> Int64[np.ndarray, "N"]:
    """Give the members of too small groups to the nearest other one; the largest always stays."""
    labels = by_size(labels)
    sizes = np.bincount(labels)
    kept = max(int((sizes >= min_size).sum()), 1)
    homeless = labels >= kept
    if not homeless.any():
        return labels
    means = centroids(vectors[~homeless], labels[~homeless])
    labels = labels.copy()
    labels[homeless] = (vectors[homeless] @ means.T).argmax(1)
    return by_size(labels)


def _outliers(
    vectors: Float32[np.ndarray, "N D"], labels: Int64[np.ndarray, "N"], settings: ClusterSettings
) -> Bool[np.ndarray, "N"]:
    """Rows far from the mean of their topic, never so many that a topic would lose its last member."""
    similarity = (vectors * centroids(vectors, labels)[labels]).sum(1)
    limit = min(settings.outlier_cosine, float(np.quantile(similarity, settings.max_outlier_share)))
    far: Bool[np.ndarray, N] = similarity < limit
    for topic in range(labels.max() + 1):
        members = labels == topic
        if far[members].all():
            far[members] = False
    return far
