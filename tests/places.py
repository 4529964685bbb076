"""Where the repository and, beside it, the data for development lie."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
#: data for development; tests that need it are skipped where it is absent
SHARED: Final = ROOT.parent / "shared"
