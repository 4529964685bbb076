"""The two demo rooms and what stands in them."""
