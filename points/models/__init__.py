from points.models.account import Account, System
from points.models.adjustment import PointAdjustment
from points.models.audit import LedgerAudit
from points.models.charity import CharityProject
from points.models.donation import Donation
from points.models.earning_campaign import EarningCampaign
from points.models.earning_rule import EarningRule, Group, RuleChange, RuleTerms, Source
from points.models.giving_back import GivingBack
from points.models.hold import Hold, HoldPart
from points.models.lot import Lot, LotUse
from points.models.posting import Entry, Posting
from points.models.redemption import Redemption
from points.models.reversal_mark import ReversalMark
from points.models.reward import Reward, RewardPrice
from points.models.rule_payment import RulePayment
from points.models.rule_simulation import RuleSimulation
from points.models.seal import Seal, SystemTotal
from points.models.voucher import VoucherBatch, VoucherCode, VoucherShowing

__all__ = [
    "Account",
    "CharityProject",
    "Donation",
    "EarningCampaign",
    "EarningRule",
    "Entry",
    "GivingBack",
    "Group",
    "Hold",
    "HoldPart",
    "LedgerAudit",
    "Lot",
    "LotUse",
    "PointAdjustment",
    "Posting",
    "Redemption",
    "ReversalMark",
    "Reward",
    "RewardPrice",
    "RuleChange",
    "RulePayment",
    "RuleSimulation",
    "RuleTerms",
    "Seal",
    "Source",
    "System",
    "SystemTotal",
    "VoucherBatch",
    "VoucherCode",
    "VoucherShowing",
]
