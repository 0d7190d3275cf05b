from points.models.account import Account, System
from points.models.hold import Hold, HoldPart
from points.models.lot import Lot, LotUse
from points.models.posting import Entry, Posting
from points.models.seal import Seal, SystemTotal

__all__ = ["Account", "Entry", "Hold", "HoldPart", "Lot", "LotUse", "Posting", "Seal", "System", "SystemTotal"]
