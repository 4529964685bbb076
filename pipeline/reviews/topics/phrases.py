"""How a person would call a topic: a phrase for its thing and feeling, and what is wrong where guests
complain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: name of the one topic of praise that is about nothing
GENERAL: Final = "General praise"
#: its subject
PRAISE: Final = "praise"
#: name of a topic that has no subject and no noun of its own
MIXED: Final = "Mixed remarks"
#: from this share of the judging sentences on, a topic is praise, or a complaint, of one; between them it is
#: both
MOSTLY_PRAISE: Final = 0.75
MOSTLY_BLAME: Final = 0.5

#: thing to its phrase where guests praise it, blame it, or do both
PHRASES: Final[dict[str, tuple[str, str, str]]] = {
    "quiet": ("Quiet", "Noise", "Noise and quiet"),
    "clean": ("Cleanliness", "Dirt", "Cleanliness"),
    "insects": ("No insects", "Insects and vermin", "Insects"),
    "kids": ("Good for children", "Not for children", "Children"),
    "cook": ("Kitchen", "Kitchen lacks things", "Kitchen"),
    "bed": ("Comfortable beds", "Uncomfortable beds", "Beds"),
    "wifi": ("Wifi", "Slow wifi", "Wifi"),
    "metro": ("Near the station", "Far from the station", "Way to the station"),
    "bus": ("Near the bus", "Far from the bus", "Buses"),
    "airport": ("Way from the airport", "Way from the airport", "Way from the airport"),
    "hot_water": ("Hot water", "No hot water", "Hot water"),
    "shower": ("Bathroom", "Problems in the bathroom", "Bathroom"),
    "safe": ("Safety", "Feels unsafe", "Safety"),
    "pool": ("Swimming pool", "Problems with the pool", "Swimming pool"),
    "lift": ("Lift and stairs", "Steep stairs, lift", "Lift and stairs"),
    "parking": ("Parking", "Parking is hard", "Parking"),
    "breakfast": ("Breakfast", "Poor breakfast", "Breakfast"),
    "luggage": ("Room for luggage", "No room for luggage", "Luggage"),
    "checkin": ("Easy check-in", "Trouble at check-in", "Check-in"),
    "aircon": ("Air conditioning", "Air conditioning fails", "Air conditioning"),
    "smell": ("Smells fresh", "Bad smell", "Smell"),
    "host": ("Helpful host", "Trouble with the host", "Host"),
    "laundry": ("Laundry", "Problems with the laundry", "Laundry"),
    "view": ("View", "Poor view", "View"),
    "price": ("Value for money", "Too expensive", "Price"),
    "food": ("Food nearby", "Little to eat nearby", "Food"),
    "gym": ("Gym", "Gym lacks things", "Gym"),
    "pets": ("Animals", "Animals disturb", "Animals"),
    "smoking": ("Smoking", "Smell of smoke", "Smoking"),
    "photos": ("As in the photos", "Not as in the photos", "Photos and description"),
    "size": ("Spacious", "Small room", "Size of the room"),
    "shared": ("Shared rooms", "Shared bathrooms and noise", "Shared rooms"),
    "balcony": ("Balcony and terrace", "Balcony", "Balcony and terrace"),
    "desk": ("Good to work in", "No place to work", "Desk"),
    "tv": ("Television", "Television fails", "Television"),
    "windows": ("Windows and light", "No window, dark", "Windows"),
    "cancel": ("Refunds", "Cancelled, no refund", "Cancelling and refunds"),
    "answer": ("Quick answers", "Slow answers", "Communication"),
    "couple": ("Good for couples", "Couples", "Couples"),
    "heating": ("Heating", "Cold, no heating", "Heating"),
    "fridge": ("Fridge", "Fridge fails", "Fridge"),
    "location": ("Location", "Poor location", "Location"),
    "shops": ("Shops nearby", "Far from shops", "Shops"),
    "sights": ("Near the sights", "Far from the sights", "Sights"),
    "decor": ("Furnishing and design", "Worn furnishing", "Furnishing"),
    "amenities": ("Well equipped", "Things are missing", "Equipment"),
    "nightlife": ("Bars nearby", "Noise of bars", "Bars"),
    "nature": ("Garden and nature", "Garden", "Garden and nature"),
    "water": ("Plumbing", "Leaks and drains", "Plumbing"),
    "lock": ("Keys and locks", "Trouble with keys and locks", "Keys and locks"),
    "facilities": ("Room and equipment", "Room and equipment lack things", "Room and equipment"),
    "privacy": ("Privacy", "No privacy", "Privacy"),
}
#: the thing that stands for an aspect where a topic names no single thing
OF_ASPECT: Final = {
    "facilities": "facilities",
    "host": "host",
    "cleanliness": "clean",
    "location": "location",
    "noise": "quiet",
    "price": "price",
}
#: things whose own words tell more than their name: cats, cockroaches
SPECIFIC: Final = frozenset({"pets", "insects", "nature", "sights", "amenities", "facilities"})
#: things that go with nearly everything: a topic is called by them only where no other comes near
BROAD: Final = frozenset({"location", "amenities", "decor", "host", "size", "price", "clean", "facilities"})

_DEFECTS: Final[dict[str, str]] = {
    "Mould": r"mou?ld\w*|mildew|곰팡\w*|发霉|發霉|カビ|moisi\w*|schimmel\w*|moho",
    "Cockroaches": r"(?:cock)?roach\w*|바퀴\w*|蟑螂|ゴキブリ|cafards?|kakerlake\w*|cucaracha\w*",
    "Bedbugs": r"bed\s?bugs?|빈대|臭虫|punaises?|wanzen|chinches?",
    "Ants": r"ants|개미|蚂蚁|fourmis|ameisen|hormigas",
    "Hair": r"hairs?\b(?!\s?dry)|머리카락|头发|頭髮|髪の毛|cheveux|haare|pelos",
    "Dust": r"dust\w*|먼지|灰尘|灰塵|ほこり|poussière|staub\w*|polvo",
    "Stains": r"stain\w*|얼룩|污渍|污漬|シミ|taches?|flecken|manchas?",
    "Leak": r"leak\w*|누수|漏水|水漏れ|fuites?|undicht|gotera\w*",
    "Bad smell": r"smell\w*|odou?r\w*|stink\w*|냄새|异味|異味|臭\w*|odeurs?|geruch|stinkt|olor",
    "Noise": r"nois\w+|loud|소음|시끄\w*|噪音|吵|うるさ\w*|騒音|bruit\w*|laut|lärm\w*|ruid\w*",
}
_PLACES: Final[dict[str, str]] = {
    "in the bathroom": r"bath\s?rooms?|showers?|toilets?|화장실|욕실|浴室|厕所|廁所|卫生间|風呂|シャワー"
    r"|salle de bain|douche|badezimmer|dusche|baño|ducha",
    "in the kitchen": r"kitchen\w*|fridge|주방|냉장고|厨房|廚房|キッチン|cuisine|küche|cocina",
    "in the bed": r"beds?\b|sheets?|mattress\w*|pillow\w*|침대|이불|床|ベッド|lit\b|draps|bett\b|cama|sábanas",
    "from the street": r"street|traffic|road|cars|도로|街|马路|馬路|道路|rue|straße|calle",
    "from the neighbours": r"neighbou?rs?|walls?|corridor|hallway|이웃|복도|邻居|鄰居|隣"
    r"|voisins?|nachbarn?|vecinos?",
    "in the room": r"rooms?|방|房间|房間|部屋|chambre|zimmer|habitación",
}
_DEFECT_PATTERNS: Final = {name: re.compile(rf"(?<![a-z])(?:{form})") for name, form in _DEFECTS.items()}
_PLACE_PATTERNS: Final = {name: re.compile(rf"(?<![a-z])(?:{form})") for name, form in _PLACES.items()}
#: complaining sentences that must name a defect, and the share of them, for a topic to be called by it
_LEAST_DEFECT: Final = 2
_DEFECT_SHARE: Final = 0.3
_PLACE_SHARE: Final = 0.4


def phrase_for(thing: str, praising: int, blaming: int) -> str:
    """The phrase for a thing by the number of sentences that praise and that blame it."""
    praise, blame, both = PHRASES.get(thing, (thing.capitalize(),) * 3)
    judging = praising + blaming
    if judging and blaming >= MOSTLY_BLAME * judging:
        return blame
    return praise if not judging or praising >= MOSTLY_PRAISE * judging else both


def defect_in(complaints: Sequence[str]) -> str | None:
    """``Mould in the bathroom``: what complaints name most, and where; ``None`` if nothing stands out."""
    texts = [text.casefold() for text in complaints]
    naming = {name: [text for text in texts if form.search(text)] for name, form in _DEFECT_PATTERNS.items()}
    name = max(naming, key=lambda one: (len(naming[one]), one))
    found = naming[name]
    if len(found) < max(_LEAST_DEFECT, _DEFECT_SHARE * len(texts)):
        return None
    places = {place: sum(bool(form.search(text)) for text in found) for place, form in _PLACE_PATTERNS.items()}
    place = max(places, key=lambda one: places[one])
    return f"{name} {place}" if places[place] >= _PLACE_SHARE * len(found) else name
