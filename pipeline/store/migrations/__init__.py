"""Alembic migrations of the catalogue, run by :meth:`pipeline.store.catalogue.Catalogue.open`."""
