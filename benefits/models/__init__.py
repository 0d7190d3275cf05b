from benefits.models.booking import Booking
from benefits.models.booking_move import BookingMove
from benefits.models.case import Case, CaseMessage, Side
from benefits.models.desk import DeskWorker
from benefits.models.document import BenefitDocument
from benefits.models.entitlement import Entitlement
from benefits.models.guest import FamilyGuest
from benefits.models.provider import Contract, ContractPrice, Provider
from benefits.models.service import Allowance, Service
from benefits.models.settlement import LineDispute, Settlement, SettlementLine
from benefits.models.site import BlackoutDay, OpeningHours, Site, SiteService, Slot
from benefits.models.system_booking import SystemBooking
from benefits.models.tier import Tier, TierPeriod
from benefits.models.waiting import WaitingPlace

__all__ = [
    "Allowance",
    "BenefitDocument",
    "BlackoutDay",
    "Booking",
    "BookingMove",
    "Case",
    "CaseMessage",
    "Contract",
    "ContractPrice",
    "DeskWorker",
    "Entitlement",
    "FamilyGuest",
    "LineDispute",
    "OpeningHours",
    "Provider",
    "Service",
    "Settlement",
    "SettlementLine",
    "Side",
    "Site",
    "SiteService",
    "Slot",
    "SystemBooking",
    "Tier",
    "TierPeriod",
    "WaitingPlace",
]
