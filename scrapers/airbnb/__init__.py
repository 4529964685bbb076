"""Airbnb listings: addresses, recorded payloads, pure parsers, and the browser that records."""
