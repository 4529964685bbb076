from .manifest import VERSION as VERSION
from .pack import pack_listing as pack_listing
from .source import HandedListingSource as HandedListingSource
from .source import is_handed_listing as is_handed_listing
