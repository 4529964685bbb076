"""Training students of Fast3R: what to train (experiment), towards what (targets), and how (trainer)."""
