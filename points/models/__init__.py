from points.models.account import Account, System
from points.models.charity import CharityProject
from points.models.donation import Donation
from points.models.hold import Hold, HoldPart
from points.models.lot import Lot, LotUse
from points.models.posting import Entry, Posting
from points.models.redemption import Redemption
from points.models.reward import Reward, RewardPrice
from points.models.seal import Seal, SystemTotal
from points.models.voucher import VoucherBatch, VoucherCode, VoucherShowing

__all__ = [
    "Account",
    "CharityProject",
    "Donation",
    "Entry",
    "Hold",
    "HoldPart",
    "Lot",
    "LotUse",
    "Posting",
    "Redemption",
    "Reward",
    "RewardPrice",
    "Seal",
    "System",
    "SystemTotal",
    "VoucherBatch",
    "VoucherCode",
    "VoucherShowing",
]
