from .cards import CardLine as CardLine
from .cards import RoomCard as RoomCard
from .cards import listing_card as listing_card
from .cards import room_card as room_card
from .claims import claimed_area as claimed_area
from .stored import ListingSizes as ListingSizes
from .stored import listing_sizes as listing_sizes
