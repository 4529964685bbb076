"""Reviews of a whole city, in chunks, on one machine or several."""
