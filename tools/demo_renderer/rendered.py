"""The demo's photos with their ground truth, made here and now."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.progress import Progress
from scrapers.source import Report, silent
from tools.demo_renderer.photographs import ROOMS, photograph_room

#: samples per pixel to samples per side
SIDES = {1: 1, 4: 2, 9: 3}


@dataclass(frozen=True)
class RenderSettings:
    """What to render; the defaults are those of the photos in ``pipeline/demo/photos``.

    Attributes:
        size_px: width and height of the photos.
        samples: samples per pixel; light is sampled in proportion.
        rooms: which rooms.
        views_per_room: photos of each room.

    Raises:
        ValueError: an option is out of range; the message says which values are possible.
    """

    size_px: tuple[int, int] = (1152, 768)
    samples: int = 4
    rooms: tuple[str, ...] = ("living-room", "bedroom")
    views_per_room: int = 8

    def __post_init__(self) -> None:
        """Check the options."""
        if self.samples not in SIDES:
            raise ValueError(f"samples is {self.samples}; take 1 (draft), 4 (default) or 9 (finest)")
        if min(self.size_px) < 32 or max(self.size_px) > 4096:
            raise ValueError(f"size_px is {self.size_px}; both sides must lie between 32 and 4096 pixels")
        if not 1 <= self.views_per_room <= 60:
            raise ValueError(f"views_per_room is {self.views_per_room}; take 1 to 60")
        unknown = [room for room in self.rooms if room not in ROOMS]
        if unknown or not self.rooms or len(set(self.rooms)) != len(self.rooms):
            raise ValueError(f"rooms is {self.rooms}; name one or more of {', '.join(ROOMS)}, each once")


def render_demo(
    folder: Path, settings: RenderSettings | None = None, report: Report = silent
) -> dict[str, list[Path]]:
    """Render the photos to ``photos/`` and the ground truth to ``ground_truth/<room>/`` below ``folder``.

    Returns:
        The photos of each room.
    """
    settings = settings or RenderSettings()
    progress, count = Progress(report), len(settings.rooms)
    taken = {}
    for index, room in enumerate(settings.rooms):
        part = progress.part(index / count, (index + 1) / count)
        side = SIDES[settings.samples]
        taken[room] = list(photograph_room(room, settings.size_px, side, settings.views_per_room, folder, part))
    progress(1.0, "the demo is rendered")
    return taken
