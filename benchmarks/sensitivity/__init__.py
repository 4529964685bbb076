"""What each named number of ``pipeline/rooms`` changes: one at a time, on data with known truth."""
