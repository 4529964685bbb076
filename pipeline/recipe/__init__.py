"""What an analysis is: its stages in order, from a listing to a report."""
