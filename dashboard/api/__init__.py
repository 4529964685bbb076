"""The REST API below ``/api/v1/``, in the dashboard's own process (docs/api.md). Knows no Streamlit."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
