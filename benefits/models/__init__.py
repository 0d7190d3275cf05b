from benefits.models.booking import Booking
from benefits.models.entitlement import Entitlement
from benefits.models.guest import FamilyGuest
from benefits.models.provider import Contract, ContractPrice, Provider
from benefits.models.provider_import import ProviderImport, ProviderImportFile
from benefits.models.service import Allowance, Service
from benefits.models.site import BlackoutDay, OpeningHours, Site, SiteService, Slot
from benefits.models.tier import Tier, TierPeriod

__all__ = [
    "Allowance",
    "BlackoutDay",
    "Booking",
    "Contract",
    "ContractPrice",
    "Entitlement",
    "FamilyGuest",
    "OpeningHours",
    "Provider",
    "ProviderImport",
    "ProviderImportFile",
    "Service",
    "Site",
    "SiteService",
    "Slot",
    "Tier",
    "TierPeriod",
]
