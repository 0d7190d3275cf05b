"""products.csv"""

import csv
from functools import cache
from pathlib import Path

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.book.cells import KEY_LENGTH, OneOf
from members.book.faults import BadCell
from members.book.sheet import Column, Sheet
from members.models import Product

BENEFITS = Path(__file__).parent.parent / "catalogue" / "benefits.csv"


@cache
def service_codes() -> frozenset[str]:
    """The services that a product may carry (catalogue/benefits.csv)."""
    with BENEFITS.open(encoding="utf-8", newline="") as file:
        return frozenset(row["service_code"] for row in csv.DictReader(file))


def services(cell: str) -> list[str]:
    codes = [code.strip() for code in cell.split("|")]
    for number, code in enumerate(codes, start=1):
        if code not in service_codes():
            fault = _("no such service in the catalogue")
            raise BadCell(format_lazy(_("entry {number}: {fault}"), number=number, fault=fault))
    return list(dict.fromkeys(codes))


PRODUCTS = Sheet(
    "products",
    Product,
    (
        Column("product_code", required=True, limit=KEY_LENGTH),
        Column("name_zh", required=True, limit=200),
        Column("name_en", required=True, limit=200),
        Column("category", OneOf(Product.Category), required=True),
        Column("design_type", OneOf(Product.Design), required=True),
        Column("term", OneOf(Product.Term), required=True),
        Column("attached_services", services, limit=4000, blank=[]),
    ),
)
