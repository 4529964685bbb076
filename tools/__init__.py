"""Tools that make what ShowRoom ships; the product never imports them."""
