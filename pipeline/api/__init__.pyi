from .show_json import ShownListing as ShownListing
from .show_json import shown_listing as shown_listing
