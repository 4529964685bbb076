from .stored import ListingSizes as ListingSizes
from .stored import listing_sizes as listing_sizes
