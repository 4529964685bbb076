"""``python -m pipeline``."""

from pipeline.commands import app

app(prog_name="python -m pipeline")
