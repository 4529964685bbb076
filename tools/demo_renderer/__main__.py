"""``python -m tools.demo_renderer``: render the demo, check the pictures that are shipped, or replace them."""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tools.demo_renderer.rendered import RenderSettings, render_demo
from tools.demo_renderer.shipped import EXACT_TOLERANCE, PHOTOS, pixel_difference


def _told(fraction: float, message: str) -> None:
    print(f"\r{fraction:4.0%}  {message:<60}", end="", file=sys.stderr, flush=True)


def check() -> bool:
    """Render all photos as they are shipped and compare every pixel; prints a line for each."""
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for photos in render_demo(Path(folder), report=_told).values():
            for photo in photos:
                off = pixel_difference(PHOTOS / photo.name, photo)
                same = photo.read_bytes() == (PHOTOS / photo.name).read_bytes()
                good &= off <= EXACT_TOLERANCE
                print(f"{photo.name}: {'the same bytes' if same else f'pixels are {off:.3f} of 255 off'}")
    return good


def ship() -> None:
    """Replace the shipped photos by new ones."""
    with tempfile.TemporaryDirectory() as folder:
        taken = render_demo(Path(folder), report=_told)
        for old in PHOTOS.glob("*.jpg"):
            old.unlink()
        rooms = {}
        for room, photos in taken.items():
            rooms[room.replace("-", " ").capitalize()] = [photo.name for photo in photos]
            for photo in photos:
                shutil.copy(photo, PHOTOS / photo.name)
    (PHOTOS / "rooms.json").write_text(json.dumps(rooms, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo_renderer", description=__doc__)
    tasks = parser.add_subparsers(dest="task", required=True)
    render = tasks.add_parser("render", help="photos and ground truth into a folder")
    render.add_argument("--to", type=Path, required=True)
    render.add_argument("--width", type=int, default=1152, help="pixels; the height is two thirds of it")
    render.add_argument("--samples", type=int, default=4, choices=(1, 4, 9), help="for each pixel")
    render.add_argument("--views", type=int, default=8, help="photos of each room")
    tasks.add_parser("check", help="whether the shipped photos are what the renderer makes (two minutes)")
    tasks.add_parser("ship", help="render the photos that are shipped, and replace them")
    chosen = parser.parse_args()
    if chosen.task == "check":
        return 0 if check() else 1
    if chosen.task == "ship":
        ship()
        return 0
    size_px = (chosen.width, chosen.width * 2 // 3)
    settings = RenderSettings(size_px=size_px, samples=chosen.samples, views_per_room=chosen.views)
    render_demo(chosen.to, settings, _told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
