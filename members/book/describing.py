"""What stands in each column of the policy book, for people who make the files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.book.cells import OneOf, bank_card, boolean, day, email, mobile, moment, money, text, years
from members.book.policies import beneficiaries, insureds
from members.book.products import services
from members.book.sheet import Column, Sheet
from members.models import PolicyRole

FORMS: dict[Callable[[str], Any], str | Promise] = {
    day: _("date such as 2026-03-31"),
    moment: _("time with offset such as 2026-03-31T09:30:00+08:00"),
    money: _("amount such as 1200.50, without separators"),
    years: _("years from 1 to 99; 1 for a single premium, 99 for life"),
    boolean: _("true or false"),
    email: _("e-mail address"),
    mobile: _("11 digits of mainland China, or an international number with +"),
    bank_card: _("bank card of 16 to 19 digits"),
    services: _("codes of services with | between them"),
    insureds: format_lazy(
        _("customer_no:relation with | between people; relation is one of: {relations}"),
        relations=", ".join(PolicyRole.Relation.values),
    ),
    beneficiaries: _(
        "customer_no:share with | between people; the shares are percentages that add up to 100; empty: the legal heirs"
    ),
}


@dataclass(frozen=True)
class ColumnDescription:
    name: str
    label: str | Promise
    form: str | Promise
    required: bool


def describe(sheet: Sheet) -> list[ColumnDescription]:
    """The columns of a file in their usual order, in the reader's language."""
    return [
        ColumnDescription(column.name, label_of(sheet, column), form_of(column), column.required)
        for column in sheet.columns
    ]


def label_of(sheet: Sheet, column: Column) -> str | Promise:
    if column.label:
        return column.label
    name, _names = sheet.fields[column.name]
    return getattr(sheet.model._meta.get_field(name), "verbose_name", name)


def form_of(column: Column) -> str | Promise:
    if column.form:
        return column.form
    if isinstance(column.read, OneOf):
        return ", ".join(f"{value} ({label})" for value, label in column.read.choices.choices)
    if column.names:
        return format_lazy(_("key of the {noun}"), noun=column.names._meta.verbose_name)
    if column.read is text:
        return format_lazy(_("text of at most {limit} characters"), limit=column.limit)
    return FORMS[column.read]
