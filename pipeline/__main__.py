"""``python -m pipeline``."""

from pipeline.commands.cli import app

app(prog_name="python -m pipeline")
