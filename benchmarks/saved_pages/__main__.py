"""Save invented listings from a real Chromium in six forms, read them and compare every field.

Run with ``python -m benchmarks.saved_pages [--listings 60] [--seed 0]``. The forms: the source with its page
state (the three layouts in turn), "Web page, complete", MHTML that Chromium makes itself, one file as
SingleFile makes it, MHTML of a page drawn without tags and marks, MHTML of a telephone. Nothing leaves this
computer.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records.recorder import Recorder, add_options
from tests.replica.listings import LAYOUTS, InventedListing
from tests.replica.payloads import invent
from tests.replica.saved_truth import differences, fields
from tests.replica.saving import FORMS, Form, chromium, save_as

REVIEWS = (0, 3, 12, 30, 46, 80)
EXAMPLES = 3


@dataclass
class Tally:
    """Fields compared in one form, and those that were not equal."""

    pages: int = 0
    fields: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    read_s: float = 0.0
    examples: list[str] = field(default_factory=list)

    def add(self, path: Path, listing: InventedListing, form: Form) -> None:
        """Read one saved page."""
        began = time.perf_counter()
        different = differences(path, listing, form)
        self.read_s += time.perf_counter() - began
        self.pages += 1
        self.fields += fields(listing, form)
        self.wrong.update(different.keys())
        self.examples += [f"{listing.title}: {name}: {pair}" for name, pair in different.items()][:EXAMPLES]

    def __str__(self) -> str:
        share = 100 * (1 - self.wrong.total() / self.fields)
        wrong = f"  wrong: {dict(self.wrong)}" if self.wrong else ""
        return f"{share:6.2f} % of {self.fields} fields of {self.pages} pages{wrong}"


def main() -> None:
    """Print a line for each form; exit code 1 where a field was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=60, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("saved_pages", ["form"], options)
    tallies = {form: Tally() for form in FORMS}
    with chromium() as browser:
        for index in range(options.listings):
            layout = LAYOUTS[index // len(REVIEWS) % len(LAYOUTS)]
            listing = invent(options.seed + index, REVIEWS[index % len(REVIEWS)], layout)
            for form in FORMS:
                with tempfile.TemporaryDirectory() as name:
                    tallies[form].add(save_as(browser, listing, form, Path(name)), listing, form)
    for form, tally in tallies.items():
        print(f"{form:<9}{tally}", *tally.examples[:EXAMPLES], sep="\n  ")
        recorder.add({"form": form, "pages": tally.pages, "fields": tally.fields, "wrong": tally.wrong.total()})
    sys.exit(any(tally.wrong for tally in tallies.values()))


if __name__ == "__main__":
    main()
