"""Writes a contract with a provider, new or changed, and its prices."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from benefits.actions.lock_network import lock_network
from benefits.models import Contract, ContractPrice, Service


class ContractRefused(Exception):
    """Nothing was written; `str()` says why."""


class ContractsOverlap(ContractRefused):
    """`other`: the provider's contract that has a day in common with this one."""

    def __init__(self, other: Contract) -> None:
        super().__init__(other)
        self.other = other

    def __str__(self) -> str:
        return _("This provider has contract %(number)s from %(starts)s to %(ends)s: change its end first.") % {
            "number": self.other.contract_no,
            "starts": self.other.starts_on.isoformat(),
            "ends": self.other.ends_on.isoformat(),
        }


class PriceInUse(ContractRefused):
    """Visits were booked at the price of this `service`: it may change, and not go."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.service = service

    def __str__(self) -> str:
        return _("Visits were booked at this price: it can be changed, but not taken out.")


@transaction.atomic
def keep_contract(*, contract: Contract, prices: Mapping[Service, Decimal | None]) -> Contract:
    """`prices`: in CNY for one use; None where nothing is agreed. What is booked keeps the price that it was booked at.

    Raises ContractsOverlap, PriceInUse.
    """
    lock_network()
    if other := Contract.objects.overlapping(contract).first():
        raise ContractsOverlap(other)
    contract.save()
    for service, price in prices.items():
        if price is not None:
            ContractPrice.objects.update_or_create(contract=contract, service=service, defaults={"price": price})
            continue
        try:
            ContractPrice.objects.filter(contract=contract, service=service).delete()
        except ProtectedError:
            raise PriceInUse(service) from None
    return contract
