"""How good a student is: the original's four figures, and what they miss."""
