"""The curve of a training: lines of JSON, and TensorBoard's files where it is installed."""

import json
from pathlib import Path
from typing import Any

CURVE_FILE = "curve.jsonl"
TENSORBOARD = "tensorboard"


class Curve:
    """Writes what happens at which step.

    Args:
        folder: of the training.
        step: where the training goes on; lines of later steps are those of a run that was cut off, and go.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self.file = folder / CURVE_FILE
        kept = [line for line in read_curve(folder) if line["step"] <= step]
        self.file.write_text("".join(f"{json.dumps(line)}\n" for line in kept), encoding="utf-8")
        self._board = _board(folder / TENSORBOARD, step)

    def add(self, step: int, kind: str, numbers: dict[str, float], **more: Any) -> None:
        """A line: ``{"step", kind: numbers, ...}``."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, kind: numbers, **more}) + "\n")
        if self._board is not None:
            for name, value in numbers.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)
            self._board.flush()

    def close(self) -> None:
        """Finish TensorBoard's file."""
        if self._board is not None:
            self._board.close()


def read_curve(folder: Path) -> list[dict[str, Any]]:
    """The lines so far; a last one that is cut off is left out."""
    file = folder / CURVE_FILE
    if not file.is_file():
        return []
    lines = []
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and isinstance(line.get("step"), int):
            lines.append(line)
    return lines


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=step + 1)
