"""Invented words for invented listings, in several languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What one language needs: patterns take a number or a word."""

    language: str
    titles: tuple[str, ...]
    rooms: tuple[str, ...]
    image: str
    description: tuple[str, ...]
    reviews: tuple[str, ...]
    amenities: tuple[str, ...]
    place: str
    property_type: str
    captions: tuple[str, ...]


ENGLISH = Words(
    "en",
    ("Quiet loft above the canal", "Cabin with a stove & two desks", "Bright flat <near> the old port"),
    ("Living room", "Bedroom 1", "Bedroom 2", "Full kitchen", "Full bathroom", "Balcony", "Exterior", "Study"),
    "{room} image {n}",
    ("A calm place with high ceilings.", "The stairs are steep & narrow.", "Check-in is after 15:00."),
    (
        "Lovely stay.\nThe kitchen had everything & more.",
        "Noisy street at night, but the bed was <great>.",
        "Very clean \N{SPARKLES} and close to the tram; we'd come back.",
        "Okay.",
        "Location 10/10.\n\nHost answered in 5 minutes. I <3 this place!",
    ),
    ("Wi-Fi", "Kitchen", "Washing machine", "Hair dryer", "Desk", "Air conditioning"),
    "Harbour Quarter, Newhaven",
    "Entire loft",
    ("The sofa folds out", "View at sunset", "Kettle, toaster & coffee"),
)
SPANISH = Words(
    "es",
    ("Ático tranquilo junto al río", "Casa con patio y limonero"),
    ("Sala de estar", "Habitación 1", "Habitación 2", "Cocina", "Baño completo", "Terraza", "Exterior"),
    "{room}: imagen {n}",
    ("Un lugar tranquilo con techos altos.", "La escalera es empinada.", "¡Bienvenidos!"),
    (
        "¡Todo perfecto!\nVolveremos seguro.",
        "La habitación era pequeña & algo ruidosa.",
        "Muy limpio y bien situado.",
        "Bien.",
    ),
    ("Wifi", "Cocina", "Lavadora", "Secador de pelo", "Piscina"),
    "Barrio del Faro, Puerto Nuevo",
    "Alojamiento entero: apartamento",
    ("El patio por la mañana", "Dos camas que se juntan"),
)
KOREAN = Words(
    "ko",
    ("바다가 보이는 조용한 집", "골목 안 작은 한옥"),
    ("거실", "침실 1", "침실 2", "주방", "욕실", "마당"),
    "{room} 이미지 {n}",
    ("천장이 높은 조용한 공간입니다.", "계단이 가파릅니다.", "체크인은 오후 3시부터입니다."),
    (
        "정말 깨끗했어요.\n또 가고 싶습니다!",
        "위치가 좋고 호스트가 친절해요.",
        "밤에 조금 시끄러웠습니다.",
        "좋아요",
    ),
    ("무선 인터넷", "주방", "세탁기", "헤어드라이어"),
    "등대동, 새항구",
    "아파트 전체",
    ("해 질 무렵의 마당", "접이식 소파"),
)
FRENCH = Words(
    "fr",
    ("Studio calme près du marché", "Maison d'été avec verger"),
    ("Salon", "Chambre 1", "Chambre 2", "Cuisine équipée", "Salle de bain", "Jardin"),
    "{room} : image {n}",
    ("Un lieu calme, plafonds hauts.", "L'escalier est raide.", "Arrivée après 15 h."),
    ("Très bel endroit.\nMerci pour l'accueil !", "Literie confortable, mais l'eau était tiède.", "Parfait."),
    ("Wifi", "Cuisine", "Lave-linge", "Sèche-cheveux"),
    "Quartier du Phare, Portneuf",
    "Logement entier",
    ("Le verger en mai", "Canapé convertible"),
)
JAPANESE = Words(
    "ja",
    ("港の見える静かな部屋", "路地裏の小さな町家"),
    ("リビング", "寝室1", "寝室2", "キッチン", "バスルーム", "庭"),
    "{room}の画像{n}",
    ("天井の高い静かな部屋です。", "階段は急です。", "チェックインは15時からです。"),
    ("とても清潔でした。\nまた泊まりたいです。", "駅から近くて便利。", "夜は少しうるさい。"),
    ("Wi-Fi", "キッチン", "洗濯機", "ヘアドライヤー"),
    "灯台町、新港",
    "アパート一室",
    ("夕方の庭", "ソファベッド"),
)
ALL = (ENGLISH, SPANISH, KOREAN, FRENCH, JAPANESE)
#: invented names that must never be found in what is stored
REVIEWERS = ("Zephyrine", "Quillon", "Ottoline", "Balthasarius", "Wilhelmyna")
HOST_NAME = "Hostibald"
TAGS = ("LOCATION", "CLEANLINESS", "HOSPITALITY", "KITCHEN", "NEARBY", "COMFORT", "VIEW")
ENTIRE_HOME = ("Entire home/apt", "ENTIRE_HOME")
PRIVATE_ROOM = ("Private room", "PRIVATE_ROOM")
