from benefits.models.booking import Booking
from benefits.models.entitlement import Entitlement
from benefits.models.guest import FamilyGuest
from benefits.models.provider import Contract, ContractPrice, Provider
from benefits.models.service import Allowance, Service
from benefits.models.site import BlackoutDay, OpeningHours, Site, SiteService, Slot
from benefits.models.tier import Tier, TierPeriod
from benefits.models.tier_assessment import AssessmentRun, TierAssessment, TierNotice, TierRecheck
from benefits.models.tier_simulation import TierSimulation
from benefits.models.tier_terms import TierTerms

__all__ = [
    "Allowance",
    "AssessmentRun",
    "BlackoutDay",
    "Booking",
    "Contract",
    "ContractPrice",
    "Entitlement",
    "FamilyGuest",
    "OpeningHours",
    "Provider",
    "Service",
    "Site",
    "SiteService",
    "Slot",
    "Tier",
    "TierAssessment",
    "TierNotice",
    "TierPeriod",
    "TierRecheck",
    "TierSimulation",
    "TierTerms",
]
