"""What the ledger can be asked to book, one kind a file; `points.actions.post_batch` books them."""

from points.requests.accrual import Accrual
from points.requests.adjustment import Adjustment
from points.requests.capture import Capture
from points.requests.clearance import Extension, Forfeit, Lapse, Transfer
from points.requests.refund import Refund
from points.requests.request import Booked, Request
from points.requests.reversal import Reversal
from points.requests.settlement import Settlement
from points.requests.spending import Spending

__all__ = [
    "Accrual",
    "Adjustment",
    "Booked",
    "Capture",
    "Extension",
    "Forfeit",
    "Lapse",
    "Refund",
    "Request",
    "Reversal",
    "Settlement",
    "Spending",
    "Transfer",
]
