"""The chunks of a city on the machines of a Ray cluster; every machine must see the same folders."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import machine
from pipeline.errors import Impossible
from pipeline.progress import Progress
from pipeline.reviews.city.city_chunks import Chunk, ChunkReader, CityTopics

if TYPE_CHECKING:
    from pipeline.reviews.city.settings import CitySettings

#: chunks that wait at each worker, so that none is idle and memory stays bounded
_WAITING = 2


def read_on_ray(
    chunks: Iterator[Chunk],
    total: int,
    topics: CityTopics,
    folder: Path,
    settings: "CitySettings",
    progress: Progress,
) -> None:
    """Read all chunks with one worker per core of the cluster; the results are those of one machine.

    Raises:
        Impossible: Ray is not installed or there is no cluster.
        Cancelled: ``progress`` asked to stop.
    """
    ray = _start(settings.ray_address)
    try:
        worker = ray.remote(num_cpus=1)(_Worker)
        count = max(int(ray.cluster_resources().get("CPU", 1)), 1)
        workers = [worker.remote(topics, settings, str(folder.absolute())) for _ in range(count)]
        free = list(range(count)) * _WAITING
        running: dict[Any, int] = {}
        done = total
        for chunk in chunks:
            if not free:
                _collect(ray, running, free)
            place = free.pop(0)
            running[workers[place].read.remote(chunk)] = place
            done = chunk.number
            progress(max(done - len(running), 0) / max(total, 1), f"chunk {chunk.number + 1} of {total}")
        while running:
            _collect(ray, running, free)
            progress(1 - len(running) / max(total, 1), f"{len(running)} chunks left")
    finally:
        ray.shutdown()


def _start(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise Impossible("Ray is not installed.", "pip install ray, or read on this machine.") from error
    try:
        ray.init(address=address, include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    except ConnectionError as error:
        raise Impossible(f"There is no Ray cluster at {address!r}: {error}.", "ray start --head") from error
    return ray


def _collect(ray: Any, running: dict[Any, int], free: list[int]) -> None:
    """Wait for one chunk; an error in it is raised here."""
    finished, _ = ray.wait(list(running), num_returns=1)
    for task in finished:
        ray.get(task)
        free.append(running.pop(task))


class _Worker:
    """A :class:`ChunkReader` in a process of the cluster, which has one for each core."""

    def __init__(self, topics: CityTopics, settings: "CitySettings", folder: str) -> None:
        machine.use(threads=1)
        self._reader = ChunkReader(topics, settings.reviews, settings.known_texts)
        self._folder = Path(folder)

    def read(self, chunk: Chunk) -> int:
        self._reader.read(chunk, self._folder, Progress())
        return chunk.number
