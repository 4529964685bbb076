"""``python -m pipeline.distill``."""

from pipeline.distill.commands import app

app(prog_name="python -m pipeline.distill")
