"""Products: the catalogue's own and invented ones beside them, and on what terms each is sold."""

from dataclasses import dataclass

from members import catalogue
from members.synthetic.tables import Weighted, rows

COLUMNS = ["product_code", "name_zh", "name_en", "category", "design_type", "term", "attached_services"]
#: What products.csv of the catalogue leaves open: (design, term).
CATALOGUE_TERMS = {
    "PA_DRIVE": ("traditional", "long"),
    "CI_LIFE": ("traditional", "long"),
    "MED_GLOBAL": ("traditional", "short"),
    "MED_ASIA": ("traditional", "short"),
}


@dataclass(frozen=True, slots=True)
class Product:
    product_code: str
    name_zh: str
    name_en: str
    category: str
    design_type: str
    term: str
    attached_services: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A product on sale. `premium`: the usual one a year, CNY; `multiple`: the sum assured over it.

    `cover`: "life", a number of years, "=term" (the premium term's) or "to:AGE" of the insured.
    """

    product: Product
    weight: float
    buyer: str
    min_age: int
    max_age: int
    premium: int
    multiple: int
    terms: tuple[int, ...]
    frequencies: tuple[str, ...]
    cover: str
    waiting_days: int

    @property
    def short(self) -> bool:
        return self.product.term == "short"

    @property
    def account(self) -> bool:
        """It has an account value: universal and unit-linked."""
        return self.product.design_type in ("universal", "unit_linked")

    @property
    def savings(self) -> bool:
        """It builds up a cash value that can be lent on."""
        return not self.short and self.product.category not in ("term_life", "medical")


def _products() -> list[Product]:
    own = []
    for row in catalogue.rows("products"):
        design, term = CATALOGUE_TERMS[row["code"]]
        own.append(
            Product(
                row["code"], row["name_zh"], row["name_en"], row["category"], design, term, row["attached_services"]
            )
        )
    return own + [Product(**row) for row in rows("products")]


def _offer(row: dict[str, str], product: Product) -> Offer:
    return Offer(
        product=product,
        weight=float(row["weight"]),
        buyer=row["buyer"],
        min_age=int(row["min_age"]),
        max_age=int(row["max_age"]),
        premium=int(row["premium"]),
        multiple=int(row["multiple"]),
        terms=tuple(int(term) for term in row["terms"].split("|")),
        frequencies=tuple(row["frequencies"].split("|")),
        cover=row["cover"],
        waiting_days=int(row["waiting_days"]),
    )


PRODUCTS = _products()
_BY_CODE = {product.product_code: product for product in PRODUCTS}
OFFERS = [_offer(row, _BY_CODE[row["product_code"]]) for row in rows("offers")]
ON_SALE = {
    buyer: Weighted((offer, offer.weight) for offer in OFFERS if offer.buyer == buyer)
    for buyer in ("person", "child", "group")
}


def row(product: Product) -> tuple[str, ...]:
    return tuple(getattr(product, column) for column in COLUMNS)
