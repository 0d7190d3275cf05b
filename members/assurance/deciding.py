"""The one place that decides whether a member may do something."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone

from members.assurance.refusals import CoolingDown, EntranceClosed, FactorNeeded, LevelTooLow, MemberInactive
from members.assurance.terms import TERMS, Terms, terms_for
from members.entrances import Entrance
from members.models import Level, Member

# Written out: Django takes 3 ms to put this into SQL, at every action of every member. `LevelGrant.objects.live` and
# `Terms.of_row` say the same.
STANDING = f"""
    SELECT is_active, cooling_until,
        (SELECT max(level) FROM members_levelgrant
         WHERE member_id = %(member)s AND revoked_at IS NULL AND granted_at <= %(now)s
            AND (expires_at IS NULL OR expires_at > %(now)s)),
        (SELECT coalesce(json_agg(approved), '[]')
         FROM (SELECT {", ".join(TERMS)} FROM members_actionpolicy WHERE action = %(action)s) AS approved)
    FROM members_member WHERE id = %(member)s
"""  # noqa: S608 constants
GOOD = """
    SELECT id FROM members_proof
    WHERE member_id = %(member)s AND session = %(session)s AND factor = ANY(%(factors)s) AND used_at IS NULL
      AND proved_at >= %(since)s
"""
NEWEST = " ORDER BY proved_at DESC, id DESC LIMIT 1"
LOOK_FOR = GOOD + NEWEST
# Found, locked and marked in one statement: of two requests with one proof, one gets it.
USE_UP = f"""
    UPDATE members_proof SET used_at = %(now)s
    WHERE id = ({GOOD} AND request = %(request)s {NEWEST} FOR UPDATE SKIP LOCKED) RETURNING id
"""  # noqa: S608 constants


def request_hash(payload: dict[str, Any]) -> bytes:
    """32 bytes that stand for what the member confirms, whatever the order of its keys."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class Context:
    """Where and about what a member acts.

    `session`: the hash that the member's proofs of this session carry (`members.sessions.session_of`). `request`: the
    hash of what is to be done (`request_hash`), for actions whose proof is bound to it. `amount` in CNY.
    """

    entrance: Entrance
    session: str = field(repr=False)
    amount: Decimal | None = None
    request: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Assured:
    """What was relied on. `effective_at`: the moment from which the action may take effect, now where not held.

    An action that can wait (a redemption, another contact) keeps it in its own row and does its work when it has come,
    so that a member who did not ask for it can still stop it.
    """

    terms: Terms
    level: Level
    proof_id: int | None
    effective_at: datetime


def require_assurance(member: Member, action: str, context: Context) -> Assured:
    """Lets `member` do `action`, or raises what is missing; call it in the action's own transaction.

    A proof that is bound to the request is used up, so the action must stand or fall with this transaction. Two
    queries at most. Raises UnknownAction, MemberInactive, EntranceClosed, LevelTooLow, CoolingDown, FactorNeeded.
    Nothing of Django's or allauth's log-in state is asked: a member who signed in any way at all has only the level
    and the proofs that stand in the database (allauth's own check lets members without a password pass).
    """
    now = timezone.now()
    active, cooling_until, granted, approved = standing_of(member, action, now)
    terms = terms_for(action, context.amount, approved)
    if not active:
        raise MemberInactive(terms)
    if context.entrance not in terms.entrances:
        raise EntranceClosed(terms, context.entrance)
    held = Level(granted or Level.REGISTERED)
    if held < terms.level:
        raise LevelTooLow(terms, held)
    if terms.waits_after_change and cooling_until and cooling_until > now:
        raise CoolingDown(terms, cooling_until)
    proof_id = rely_on_proof(member, terms, context, now) if terms.factors else None
    return Assured(terms, held, proof_id, now + terms.hold)


def standing_of(
    member: Member, action: str, now: datetime
) -> tuple[bool, datetime | None, int | None, list[dict[str, Any]]]:
    """Whether the account is active, until when it cools, its highest live grant, and approved terms; one query."""
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"member": member.pk, "action": action, "now": now})
        found = cursor.fetchone()
    if found is None:
        raise Member.DoesNotExist
    return found


def rely_on_proof(member: Member, terms: Terms, context: Context, now: datetime) -> int:
    """The proof that was good enough; used up where it is bound. Raises FactorNeeded."""
    asked: dict[str, Any] = {
        "member": member.pk,
        "session": context.session,
        "factors": list(terms.factors),
        "since": now - terms.fresh,
        "request": context.request,
        "now": now,
    }
    if terms.bound and not context.request:
        raise FactorNeeded(terms)  # a proof for nothing in particular is none for this
    with connection.cursor() as cursor:
        cursor.execute(USE_UP if terms.bound else LOOK_FOR, asked)
        found = cursor.fetchone()
    if found is None:
        raise FactorNeeded(terms, context.request)
    return found[0]
