"""Comparing what the ledger says twice: balances with entries, lots with uses, holds with parts."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Difference:
    """`what` differs first at this row: its id, what is written there, and what the rows that it rests on come to."""

    what: str
    row_id: int
    written: int
    reckoned: int


class LedgerDiffers(Exception):
    """The ledger contradicts itself. `difference` says where; only a change past the triggers can have done it."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference)
        self.difference = difference


# Each compares whole tables in one statement, and so sees one moment of them; id, written, reckoned of the first row.
COMPARISONS = {
    "account.balance and its entries": """
        SELECT account.id, account.balance, coalesce(entries.points, 0) FROM points_account account
        LEFT JOIN (SELECT account_id, sum(amount) AS points FROM points_entry GROUP BY account_id) AS entries
            ON entries.account_id = account.id
        WHERE account.balance <> coalesce(entries.points, 0)""",
    "account.balance and its lots": """
        SELECT account.id, account.balance, coalesce(lots.points, 0) FROM points_account account
        LEFT JOIN (SELECT account_id, sum(remaining) AS points FROM points_lot GROUP BY account_id) AS lots
            ON lots.account_id = account.id
        WHERE account.kind = 'points' AND account.balance <> coalesce(lots.points, 0)""",
    "lot.remaining and its uses": """
        SELECT lot.id, lot.remaining, lot.points - coalesce(uses.points, 0) FROM points_lot lot
        LEFT JOIN (SELECT lot_id, sum(points) AS points FROM points_lotuse GROUP BY lot_id) AS uses
            ON uses.lot_id = lot.id
        WHERE lot.remaining <> lot.points - coalesce(uses.points, 0)""",
    "lot.held and the holds that are open": """
        SELECT lot.id, lot.held, coalesce(kept.points, 0) FROM points_lot lot
        LEFT JOIN (SELECT lot_id, sum(part.points) AS points FROM points_holdpart part
                   JOIN points_hold ON points_hold.id = hold_id WHERE state = 'open' GROUP BY lot_id) AS kept
            ON kept.lot_id = lot.id
        WHERE lot.held <> coalesce(kept.points, 0)""",
    "account.held and its lots": """
        SELECT account.id, account.held, coalesce(lots.points, 0) FROM points_account account
        LEFT JOIN (SELECT account_id, sum(held) AS points FROM points_lot GROUP BY account_id) AS lots
            ON lots.account_id = account.id
        WHERE account.held <> coalesce(lots.points, 0)""",
    "entry.balance_after and the entries so far": """
        SELECT id, balance_after, reckoned FROM (
            SELECT id, balance_after, sum(amount) OVER (PARTITION BY account_id ORDER BY id) AS reckoned
            FROM points_entry WHERE account_id IS NOT NULL
        ) AS entry WHERE balance_after <> reckoned""",
    "the entries of a posting, and zero": """
        SELECT posting.id, coalesce(sum(amount), -1), 0 FROM points_posting posting
        LEFT JOIN points_entry ON posting_id = posting.id
        GROUP BY posting.id HAVING coalesce(sum(amount), -1) <> 0""",
    "the entries of a posting and its lots": """
        SELECT posting_id, sum(entered), sum(moved) FROM (
            SELECT posting_id, account_id, amount AS entered, 0 AS moved FROM points_entry
                JOIN points_account ON points_account.id = account_id AND kind = 'points'
            UNION ALL SELECT posting_id, account_id, 0, points FROM points_lot
            UNION ALL SELECT points_lotuse.posting_id, account_id, 0, -points_lotuse.points FROM points_lotuse
                JOIN points_lot ON points_lot.id = lot_id
        ) AS rows GROUP BY posting_id, account_id HAVING sum(entered) <> sum(moved)""",
    "hold.points and its parts": """
        SELECT hold.id, hold.points, coalesce(sum(part.points), 0) FROM points_hold hold
        LEFT JOIN points_holdpart part ON hold_id = hold.id
        GROUP BY hold.id HAVING hold.points <> coalesce(sum(part.points), 0)""",
    "hold.captured and what was used": """
        SELECT hold.id, hold.captured, coalesce(sum(used.points), 0) FROM points_hold hold
        LEFT JOIN points_lotuse used ON used.posting_id = hold.posting_id
        GROUP BY hold.id HAVING hold.captured <> coalesce(sum(used.points), 0)""",
    "what was used of a hold's lots and its parts": """
        SELECT used.hold_id, used.points, coalesce(part.points, 0) FROM (
            SELECT hold.id AS hold_id, lot_id, sum(points_lotuse.points) AS points FROM points_hold hold
            JOIN points_lotuse ON points_lotuse.posting_id = hold.posting_id GROUP BY hold.id, lot_id
        ) AS used LEFT JOIN points_holdpart part ON part.hold_id = used.hold_id AND part.lot_id = used.lot_id
        WHERE used.points > coalesce(part.points, 0)""",
    "the totals of the insurer's accounts and what is sealed": """
        SELECT coalesce(total.system, entry.system), coalesce(total.points, 0), coalesce(entry.points, 0)
        FROM (SELECT system, sum(points) AS points FROM points_systemtotal GROUP BY system) AS total
        FULL JOIN (SELECT system, sum(amount) AS points FROM points_entry
                   JOIN points_posting ON points_posting.id = posting_id AND seal_id IS NOT NULL
                   WHERE system IS NOT NULL GROUP BY system) AS entry ON entry.system = total.system
        WHERE coalesce(total.points, 0) <> coalesce(entry.points, 0)""",
}


def audit() -> None:
    """Raises LedgerDiffers at the first difference. Reads every row: a job for the night."""
    for what, comparison in COMPARISONS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"{comparison} ORDER BY 1 LIMIT 1")
            if row := cursor.fetchone():
                raise LedgerDiffers(Difference(what, *map(int, row)))
