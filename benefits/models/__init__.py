from benefits.models.audit import BenefitsAudit
from benefits.models.booking import Booking
from benefits.models.booking_move import BookingMove
from benefits.models.case import Case, CaseMessage, NumberShowing, Side
from benefits.models.desk import DeskWorker
from benefits.models.document import BenefitDocument, DocumentOpening
from benefits.models.entitlement import Entitlement
from benefits.models.grant import QuotaGrant
from benefits.models.guest import FamilyGuest
from benefits.models.provider import Contract, ContractPrice, Provider
from benefits.models.provider_import import ProviderImport, ProviderImportFile
from benefits.models.service import Allowance, Service
from benefits.models.settlement import LineDispute, Settlement, SettlementLine
from benefits.models.site import BlackoutDay, OpeningHours, Site, SiteService, Slot
from benefits.models.system_booking import SystemBooking
from benefits.models.tier import Tier, TierPeriod
from benefits.models.tier_assessment import AssessmentRun, TierAssessment, TierNotice, TierRecheck
from benefits.models.tier_simulation import TierSimulation
from benefits.models.tier_terms import TierTerms
from benefits.models.waiting import WaitingPlace

__all__ = [
    "Allowance",
    "AssessmentRun",
    "BenefitDocument",
    "BenefitsAudit",
    "BlackoutDay",
    "Booking",
    "BookingMove",
    "Case",
    "CaseMessage",
    "Contract",
    "ContractPrice",
    "DeskWorker",
    "DocumentOpening",
    "Entitlement",
    "FamilyGuest",
    "LineDispute",
    "NumberShowing",
    "OpeningHours",
    "Provider",
    "ProviderImport",
    "ProviderImportFile",
    "QuotaGrant",
    "Service",
    "Settlement",
    "SettlementLine",
    "Side",
    "Site",
    "SiteService",
    "Slot",
    "SystemBooking",
    "Tier",
    "TierAssessment",
    "TierNotice",
    "TierPeriod",
    "TierRecheck",
    "TierSimulation",
    "TierTerms",
    "WaitingPlace",
]
