"""Opinions and topics of one listing to its report, and reports side by side."""
