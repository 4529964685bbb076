"""What the processes that use pycolmap share; imported by them only, and free of Pillow and OpenCV."""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import pycolmap

#: bytes of standard input that are read and forgotten at once, count; any
_AT_ONCE: Final = 4096


def report(fraction: float, message: str) -> None:
    """Print one progress line for the parent."""
    sys.stdout.write(json.dumps({"fraction": round(fraction, 4), "message": message}) + "\n")
    sys.stdout.flush()


def extract(
    names: list[str], image_dir: str, database: Path, sift: dict[str, Any], threads: int, share: float
) -> None:
    """Detect features, a few photos at a time.

    Args:
        names: file names in ``image_dir``.
        database: where the features go.
        sift: options of COLMAP's SIFT by name.
        threads: CPU threads, and photos at a time.
        share: part of the whole progress that this is.
    """
    options = pycolmap.FeatureExtractionOptions()
    options.num_threads = threads
    for name, value in sift.items():
        setattr(options.sift, name, value)
    step = max(1, threads)
    for first in range(0, len(names), step):
        some, cpu = names[first : first + step], pycolmap.Device.cpu
        pycolmap.extract_features(database, image_dir, image_names=some, extraction_options=options, device=cpu)
        done = min(first + step, len(names))
        report(share * done / len(names), f"features of {done} of {len(names)} photos")


def end_with_parent() -> None:
    """Leave no orphan: the parent holds the other end of standard input, which closes when it dies.

    Unbuffered, because a thread inside ``sys.stdin`` makes the interpreter abort when it ends.
    """
    while os.read(0, _AT_ONCE):
        pass
    os._exit(1)
