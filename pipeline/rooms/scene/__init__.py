"""What the stages of a room hand each other: cameras, point maps, views, errors, rotations."""
