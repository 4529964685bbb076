"""What an invented listing's page says besides texts and photos, in the language of the page."""

from __future__ import annotations

import random
from dataclasses import dataclass

from scrapers.listing import Host
from tests.replica.listings import InventedListing


@dataclass(frozen=True)
class Phrases:
    """How one language words what pages count and demand; patterns take a number."""

    guests: str
    bedrooms: str
    beds: str
    baths: str
    overview: str
    rules: tuple[str, ...]
    rules_head: str
    cancellation_head: str
    cancellation: str
    years: str
    superhost: str
    rate: str
    soon: str
    stars: str
    count: str
    months: tuple[str, ...]
    response_from: str
    categories: tuple[str, ...]
    highlights: tuple[str, ...]


_CATEGORY_NAMES = ("accuracy", "checkin", "cleanliness", "communication", "location", "value")
PHRASES = {
    "en": Phrases(
        *("{} guests", "{} bedrooms", "{} beds", "{} baths", "{kind} in {place}"),
        ("Check-in after 3:00 PM", "Checkout before 11:00 AM", "No pets"),
        *(
            "House rules",
            "Cancellation policy",
            "Free cancellation before 3 May.",
            "{} years hosting",
            "Superhost",
        ),
        *("Response rate: {}%", "Responds within an hour", "Rating, {} stars", "{} · {} reviews"),
        (
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        "Response from {}",
        ("Accuracy", "Check-in", "Cleanliness", "Communication", "Location", "Value"),
        ("Dive right in", "Self check-in"),
    ),
    "es": Phrases(
        *("{} huéspedes", "{} dormitorios", "{} camas", "{} baños", "{kind} en {place}"),
        ("Llegada a partir de las 15:00", "Salida antes de las 11:00", "No se admiten mascotas"),
        *("Reglas de la casa", "Política de cancelación", "Cancelación gratuita antes del 3 may.", "{} años"),
        *("Superanfitrión", "Índice de respuesta: {}%", "Responde en menos de una hora"),
        *("Calificación: {} estrellas", "{} · {} evaluaciones"),
        (
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
        "Respuesta de {}",
        ("Veracidad", "Llegada", "Limpieza", "Comunicación", "Ubicación", "Calidad-precio"),
        ("Piscina privada", "Llegada autónoma"),
    ),
    "ko": Phrases(
        *("게스트 {}명", "침실 {}개", "침대 {}개", "욕실 {}개", "{place}의 {kind}"),
        ("체크인: 오후 3:00 이후", "체크아웃 시간: 오전 11:00까지", "반려동물 동반 불가"),
        *("숙소 이용규칙", "환불 정책 및 취소", "5월 3일 전까지 무료 취소", "{}년", "슈퍼호스트"),
        *("응답률: {}%", "1시간 이내에 응답", "평점: {}점", "{} · 후기 {}개"),
        tuple(f"{n}월" for n in range(1, 13)),
        "{}님의 답변",
        ("정확도", "체크인", "청결도", "의사소통", "위치", "가격 대비 만족도"),
        ("수영장", "셀프 체크인"),
    ),
    "fr": Phrases(
        *("{} voyageurs", "{} chambres", "{} lits", "{} salles de bain", "{kind} à {place}"),
        ("Arrivée à partir de 15:00", "Départ avant 11:00", "Pas d'animaux"),
        *("Règlement intérieur", "Conditions d'annulation", "Annulation gratuite avant le 3 mai.", "{} ans"),
        *(
            "Superhôte",
            "Taux de réponse : {} %",
            "Répond dans l'heure",
            "Note : {} étoiles",
            "{} · {} commentaires",
        ),
        (
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ),
        "Réponse de {}",
        ("Précision", "Arrivée", "Propreté", "Communication", "Emplacement", "Qualité-prix"),
        ("Jardin clos", "Arrivée autonome"),
    ),
    "ja": Phrases(
        *("ゲスト{}人", "寝室{}室", "ベッド{}台", "バスルーム{}室", "{place}の{kind}"),
        ("チェックイン：15:00以降", "チェックアウト：11:00まで", "ペット不可"),
        *("ハウスルール", "キャンセルポリシー", "5月3日までキャンセル無料", "{}年", "スーパーホスト"),
        *("返信率：{}%", "1時間以内に返信", "評価：{}つ星", "{} · レビュー{}件"),
        tuple(f"{n}月" for n in range(1, 13)),
        "{}さんからの返信",
        ("正確さ", "チェックイン", "清潔さ", "コミュニケーション", "ロケーション", "価格"),
        ("庭つき", "セルフチェックイン"),
    ),
}


@dataclass(frozen=True)
class InventedFacts:
    """What a page counts and demands; see :class:`scrapers.listing.Listing`."""

    bedrooms: int
    beds: int
    bathrooms: float
    house_rules: tuple[str, ...]
    cancellation: str
    highlights: tuple[str, ...]
    guest_favourite: bool
    star_shares: dict[str, float]
    host: Host
    price: str
    nights: int
    has_licence: bool | None

    @property
    def check_in(self) -> str:
        """The rule about arrival."""
        return self.house_rules[0]

    @property
    def check_out(self) -> str:
        """The rule about departure."""
        return self.house_rules[1]


def facts_of(listing: InventedListing) -> InventedFacts:
    """The facts of a listing; the same listing has the same ones."""
    rng = random.Random(int(listing.listing_id))
    own = PHRASES[listing.language]
    shares = {
        str(stars): share for stars, share in zip(range(5, 0, -1), (0.8, 0.1, 0.05, 0.03, 0.02), strict=True)
    }
    rate = rng.randint(50, 100)
    return InventedFacts(
        bedrooms=rng.randint(1, 5),
        beds=rng.randint(1, 9),
        bathrooms=rng.choice([1.0, 1.5, 2.0, 2.5, 3.0]),
        house_rules=own.rules,
        cancellation=own.cancellation,
        highlights=own.highlights,
        guest_favourite=rng.random() < 0.5,
        star_shares=shares if listing.rating is not None else {},
        host=Host(
            superhost=True,
            years=rng.randint(1, 15),
            response_rate=rate / 100,
            response_time=own.soon,
            co_hosts=rng.choice([None, 1, 2, 3]),
        ),
        price=f"€{rng.randint(300, 900)}",
        nights=rng.randint(2, 9),
        has_licence=rng.choice([None, True, False]),
    )


def counted(listing: InventedListing) -> list[str]:
    """Guests, bedrooms, beds and baths as the page words them."""
    own, facts = PHRASES[listing.language], facts_of(listing)
    comma = "," if listing.language in ("es", "fr") else "."
    return [
        own.guests.format(listing.person_capacity),
        own.bedrooms.format(facts.bedrooms),
        own.beds.format(facts.beds),
        own.baths.format(f"{facts.bathrooms:g}".replace(".", comma)),
    ]


def category_labels(listing: InventedListing) -> dict[str, str]:
    """Categories by the name that the page gives them."""
    return dict(zip(_CATEGORY_NAMES, PHRASES[listing.language].categories, strict=True))
