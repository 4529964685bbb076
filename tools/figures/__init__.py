"""The figures of ``docs/``, drawn from the demo's own report."""
