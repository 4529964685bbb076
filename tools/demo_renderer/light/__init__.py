"""How light travels: rays, bounced light, the picture that a camera takes."""
