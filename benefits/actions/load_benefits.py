"""Loading the catalogue's services and allowances, without undoing what staff have set."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Any

from django.db import transaction

from benefits.models import Allowance, Service
from benefits.models.service import Shipped
from members.catalogue import rows
from members.models import Level
from points.actions.load_rewards import Loaded

FILE = Path(__file__).parent.parent / "default_terms.toml"
UNLIMITED, ALL = "unlimited", "all"
TIMES = ("opens", "closes")


class UnknownClause(ValueError):
    """A condition of benefits.csv that nobody has put into terms yet."""


@transaction.atomic
def load_benefits() -> Loaded:
    """Brings services and allowances up to benefits.csv; loading again changes nothing. Counts them together.

    Raises UnknownClause; then nothing is stored.
    """
    loaded = Loaded()
    defaults = tomllib.loads(FILE.read_text(encoding="utf-8"))
    services = {service.code: service for service in Service.objects.select_for_update()}
    known = {
        (allowance.service.code, allowance.tier, allowance.product_code): allowance
        for allowance in Allowance.objects.select_for_update(of=("self",)).select_related("service")
    }
    seen = set()
    for row in rows("benefits"):
        code, (tier, product_code) = row["service_code"], givers(row["source"])
        terms = terms_of(row, defaults["clauses"])
        level = terms.pop("required_level", "verified")
        if code not in seen:
            service = services.setdefault(code, Service(code=code))
            facts = {name: row[name] for name in ("category", "unit", "partner_kind")} | {
                "mode": defaults["modes"][code]
            }
            shipped = {name: row[name] for name in ("name_zh", "name_en")} | {
                "lead_time": row["booking_lead_time"],
                "required_level": int(Level[level.upper()]),
            }
            bring_up(service, shipped, facts, loaded)
            seen.add(code)
        allowance = known.get((code, tier, product_code)) or Allowance(
            service=services[code], tier=tier, product_code=product_code
        )
        bring_up(allowance, terms, {}, loaded)
    return loaded


def givers(source: str) -> tuple[str, str]:
    """The tier, the product, of `tier:gold` or `product:CI_LIFE`; one of them empty."""
    kind, _, code = source.partition(":")
    return (code, "") if kind == "tier" else ("", code)


def terms_of(row: dict[str, str], clauses: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What staff may set otherwise of an allowance, as `shipped` keeps it, and `required_level` where a clause asks."""
    quota = None if row["quota_per_year"] == UNLIMITED else int(row["quota_per_year"])
    terms = {name: Allowance(service_id=0).as_shipped(name) for name in Allowance.SET_BY_STAFF}
    terms |= {"quota": quota, "words_zh": [], "words_en": []}
    for clause in row["conditions"].split("; "):
        if clause not in clauses:
            raise UnknownClause(f"{row['service_code']} {row['source']}: {clause!r} is not in {FILE.name}")
        said = dict(clauses[clause])
        if "zh" in said:
            terms["words_zh"].append(said.pop("zh"))
            terms["words_en"].append(said.pop("en"))
        terms |= said
    if terms["family_quota"] == ALL:
        terms["family_quota"] = quota
    for name in TIMES:
        terms[name] = time.fromisoformat(terms[name]).isoformat() if terms[name] else None
    return terms


def bring_up(thing: Shipped, shipped: dict[str, Any], facts: dict[str, Any], loaded: Loaded) -> None:
    """Takes over the facts, and of the rest what staff have left as it was shipped."""
    if thing.pk is None:
        set_all(thing, shipped | facts)
        thing.shipped = shipped
        thing.save(force_insert=True)
        loaded.created += 1
        return
    left_alone = {name: value for name, value in shipped.items() if name not in thing.differences}
    changed = {name: value for name, value in (left_alone | facts).items() if thing.as_shipped(name) != value}
    if changed or thing.shipped != shipped:
        set_all(thing, changed)
        thing.shipped = shipped
        thing.save(update_fields=[*changed, "shipped"])
        loaded.updated += 1
    loaded.differences += [
        f"{thing} {name}: set to {ours!r}, shipped {theirs!r}" for name, (ours, theirs) in thing.differences.items()
    ]


def set_all(thing: Shipped, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(thing, name, time.fromisoformat(value) if name in TIMES and value else value)
