from .packing import pack_stored as pack_stored
from .show_json import ShownFact as ShownFact
from .show_json import ShownListing as ShownListing
from .show_json import shown_facts as shown_facts
from .show_json import shown_listing as shown_listing
