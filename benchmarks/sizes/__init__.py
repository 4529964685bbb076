"""How right the sizes of rooms are, and whether their bands hold."""
