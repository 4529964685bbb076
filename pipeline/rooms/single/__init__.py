"""One photo to a guessed room."""
