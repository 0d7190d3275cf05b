"""Brings the mirror up to a batch of good rows of the policy book, in one short transaction."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.book.delivery import Outcome
from members.book.references import Ids, attributes_of
from members.book.sheet import Row, Sheet
from members.events import PoliciesMirrored, policies_mirrored
from members.fields import BlindIndexField
from members.models import Customer, Policy, PolicyRole
from members.rows import insert_rows, upsert_rows

#: Taken by every batch: two imports at once would otherwise lock the same rows in different orders.
IMPORT_LOCK = 0x626F6F6B

#: A customer whose guardian is not stored yet: (customer_no, guardian_no, updated_at)
Ward = tuple[str, str, datetime]
#: (customer id, role, relation, share in percent)
Part = tuple[int, str, str, Any]


@transaction.atomic
def mirror_book_rows(*, sheet: Sheet, rows: Sequence[Row], ids: Ids) -> Outcome:
    """Creates and updates; rows have different keys.

    A row older than what is stored is stale and not applied. A row with the same content only moves the stored time
    on, and writes nothing when the time is the same, too. A guardian who is not among `ids` is left empty for now: see
    `join_guardians`.
    """
    lock_imports()
    stored: dict[str, Any] = {
        getattr(row, sheet.key): row
        for row in sheet.model._default_manager.select_for_update(of=("self",), no_key=True)
        .filter(**{f"{sheet.key}__in": [row.values[sheet.key] for row in rows]})
        .order_by("pk")
    }
    parts = stored_parts(stored.values()) if sheet.model is Policy else {}
    counts: Counter[str] = Counter()
    to_write, to_date = [], []
    wanted_parts: dict[str, set[Part]] = {}
    for row in rows:
        key = row.values[sheet.key]
        attributes, wanted = attributes_of(sheet, row, ids), parts_of(row, ids)
        updated_at = attributes.get("core_updated_at")
        old = stored.get(key)
        if old is not None and updated_at and old.core_updated_at and updated_at < old.core_updated_at:
            counts["stale"] += 1
        elif old is not None and is_same(old, row, attributes, ids) and wanted == set(parts.get(old.pk, {})):
            counts["unchanged"] += 1
            if old.core_updated_at != updated_at:
                old.core_updated_at = updated_at
                to_date.append(old)
        else:
            counts["created" if old is None else "updated"] += 1
            to_write.append(sheet.model(**attributes))
            wanted_parts[key] = wanted
    sheet.model._default_manager.bulk_update(to_date, ["core_updated_at"], batch_size=500)
    upsert_rows(to_write, key=sheet.key, fields=columns_of(sheet))
    if sheet.model is Policy and to_write:
        wanted_of = {policy.pk: wanted_parts[getattr(policy, sheet.key)] for policy in to_write}
        write_parts(wanted_of, parts)
        former = former_holders(wanted_of, parts)
        policies_mirrored.send(PoliciesMirrored, fact=PoliciesMirrored(tuple(wanted_of), former))
    return Outcome(counts, frozenset(getattr(row, sheet.key) for row in to_write))


@transaction.atomic
def join_guardians(*, wards: Sequence[Ward]) -> None:
    """Sets guardians who stood further down in the same file than their wards.

    Not where another import has written the ward since: that row was newer.
    """
    lock_imports()
    numbers = {number for customer_no, guardian_no, _at in wards for number in (customer_no, guardian_no)}
    customers = Customer.objects.only("customer_no", "core_updated_at").in_bulk(numbers, field_name="customer_no")
    joined = []
    for customer_no, guardian_no, updated_at in wards:
        ward = customers[customer_no]
        if ward.core_updated_at == updated_at:
            ward.guardian_id = customers[guardian_no].pk
            joined.append(ward)
    Customer.objects.bulk_update(joined, ["guardian"], batch_size=500)


def lock_imports() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])


def is_same(stored: Any, row: Row, attributes: dict[str, Any], ids: Ids) -> bool:
    # A guardian who is still to come is a change that the attributes don't show yet.
    return all((reference.model, reference.key) in ids for reference in row.references) and all(
        getattr(stored, name) == value for name, value in attributes.items() if name != "core_updated_at"
    )


def columns_of(sheet: Sheet) -> set[str]:
    """The fields that the feed fills, and the blind indexes that follow them."""
    indexes = {field.name for field in sheet.model._meta.fields if isinstance(field, BlindIndexField)}
    return indexes | {field for field, _model in sheet.fields.values()}


def parts_of(row: Row, ids: Ids) -> set[Part]:
    """What people are to a policy, each as (customer id, role, relation, share)."""
    role, values, parts = PolicyRole.Role, row.values, set()
    if holder_no := values.get("policyholder_no"):
        parts.add((ids[Customer, holder_no], str(role.POLICYHOLDER), "", None))
    if payer_no := values.get("payer_no"):
        parts.add((ids[Customer, payer_no], str(role.PAYER), "", None))
    for customer_no, relation in values.get("insureds", ()):
        parts.add((ids[Customer, customer_no], str(role.INSURED), relation, None))
    for customer_no, share in values.get("beneficiaries", ()):
        parts.add((ids[Customer, customer_no], str(role.BENEFICIARY), "", share))
    return parts


def stored_parts(policies: Collection[Any]) -> dict[int, dict[Part, int]]:
    """Policy id → part → id of the role."""
    parts: dict[int, dict[Part, int]] = defaultdict(dict)
    roles = PolicyRole.objects.filter(policy__in=[policy.pk for policy in policies])
    for pk, policy_id, *part in roles.values_list("pk", "policy_id", "customer_id", "role", "relation", "share"):
        parts[policy_id][tuple(part)] = pk  # type: ignore[index]
    return parts


def write_parts(wanted: dict[int, set[Part]], stored: dict[int, dict[Part, int]]) -> None:
    """Only what differs is touched, and what goes goes first: a policy has one holder and one payer."""
    gone = [
        pk for policy_id, parts in wanted.items() for part, pk in stored.get(policy_id, {}).items() if part not in parts
    ]
    PolicyRole.objects.filter(pk__in=gone).delete()
    insert_rows(
        [
            PolicyRole(policy_id=policy_id, customer_id=customer_id, role=role, relation=relation, share=share)
            for policy_id, parts in wanted.items()
            for customer_id, role, relation, share in parts - set(stored.get(policy_id, {}))
        ]
    )


def former_holders(wanted: Mapping[int, set[Part]], stored: Mapping[int, Mapping[Part, int]]) -> tuple[int, ...]:
    """Ids of the customers who are the policyholder no longer."""
    return tuple(
        part[0]
        for policy_id, parts in wanted.items()
        for part in stored.get(policy_id, {})
        if part[1] == PolicyRole.Role.POLICYHOLDER and part not in parts
    )
