"""Training the eye (models/eye) on made rooms (pipeline/distill/rooms)."""
