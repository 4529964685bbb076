"""Run the cells of docs/compare_three.ipynb over an invented store of three listings.

Run with ``python -m benchmarks.api.notebook``. What the cells print is printed; one that fails
ends it with code 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.api.served import Served
from pipeline.config import PROJECT_ROOT

NOTEBOOK = PROJECT_ROOT / "docs" / "compare_three.ipynb"
LISTINGS = ("demo", "old-town", "harbour")


def script(notebook: Path) -> str:
    """The code of all cells, in order."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def main() -> None:
    """Serve, run, print."""
    argparse.ArgumentParser(prog="python -m benchmarks.api.notebook", description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name, Served(Path(name), LISTINGS) as served:
        environment = {**os.environ, "SHOWROOM_ADDRESS": served.address}
        ran = subprocess.run(
            [sys.executable, "-c", script(NOTEBOOK)], env=environment, cwd=PROJECT_ROOT, check=False
        )
    sys.exit(ran.returncode)


if __name__ == "__main__":
    main()
