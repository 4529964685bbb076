"""Components of the dashboard's own."""
