"""Photos to point maps by the weights of a trained network."""
