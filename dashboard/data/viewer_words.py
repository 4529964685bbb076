"""What the room viewer says in a language: its texts stand in ``components/room_viewer/frontend/src``."""

from __future__ import annotations

from typing import Final

from dashboard.words import mark, t

VIEWER_TEXTS: Final = (
    mark("3D room"),
    mark("Blend with the photo"),
    mark("Cameras"),
    mark("Click where the tape begins, or press Enter for the middle."),
    mark("Drag or use arrow keys to turn; click, then scroll to zoom. A photo takes you to its place."),
    mark("Filming, {seconds} s left. The button again stops it."),
    mark("Full screen"),
    mark("Generated"),
    mark("Inferred from the layout"),
    mark("Lines"),
    mark("Loading the room"),
    mark("Measured in photos"),
    mark("Now the other end."),
    mark("Origin"),
    mark("Photo {number}"),
    mark("Photo"),
    mark("Photos of this room"),
    mark("Points"),
    mark("Save a picture"),
    mark("Save a short film"),
    mark("Show in colour"),
    mark("Stand where {photo} was taken"),
    mark("Surface"),
    mark("Tap to look around"),
    mark("Tape"),
    mark("The 3D file is no longer stored. Run the analysis again."),
    mark("The graphics card stopped for a moment. The room comes back by itself; if not, reload the page."),
    mark("The points could not be loaded."),
    mark("The server answered {status} for the 3D file."),
    mark("This browser cannot show 3D (WebGL is off or missing)."),
    mark("True length in metres"),
    mark("True length, m"),
    mark("Turn"),
    mark("Use it"),
    mark("W A S D or arrow keys to walk, drag to look around."),
    mark("Walk"),
    mark("Way to move"),
    mark("What is shown"),
    mark("Where it comes from"),
    mark("Whole room"),
    mark("{metres} m ({low} to {high})"),
)


def viewer_words() -> dict[str, str]:
    """The viewer's texts that the language of the session words in another way than English."""
    told = {text: t(text) for text in VIEWER_TEXTS}
    return {text: wording for text, wording in told.items() if wording != text}
