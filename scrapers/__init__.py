"""Ways to get a :class:`~scrapers.listing.Listing`: fetching apart from parsing, no analysis, no torch."""
