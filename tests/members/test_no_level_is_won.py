"""No sequence of what can happen to accounts gives an action to a member who lacks its level.

The model knows of each member only the moments: which levels were granted, until when, and what ended them. Whatever
`require_assurance` allows has to follow from that.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from members.actions.change_mobile import MobileTaken, NumberNotProved, SameMobile, change_mobile
from members.actions.close_account import close_account, closure_request, reopen_account, request_closure
from members.actions.count_attempt import Limit, TooManyAttempts, count_attempts
from members.actions.give_consent import give_consent, withdraw_consent
from members.actions.grant_level import AccountNotActive, grant_level, revoke_levels
from members.actions.lost_number import NoNumber, NotLinked, take_number_off
from members.actions.merge_accounts import merge_accounts
from members.assurance import AssuranceRefused, Context, require_assurance
from members.entrances import Entrance
from members.merging import AccountsCannotMerge, merge_request
from members.models import AccountClosure, Consent, Factor, Level, LevelGrant, Member
from members.roles import Role
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import AT_WEB, OTHER_SESSION, SESSION, number_proved, proved, staff

PEOPLE = 3
BEGIN = datetime(2026, 3, 1, 2, tzinfo=UTC)
LOAN = b"l" * 32
#: Action → its level, what it asks for besides, and whether it waits after a change of phone.
ASKS = {
    "policy.view": (Level.VERIFIED, None, False),
    "contact.change": (Level.VERIFIED, Factor.CODE, False),
    "points.redeem": (Level.VERIFIED, Factor.CODE, True),
    "loan.apply": (Level.ADVANCED, Factor.FACE, True),
}
LOCK = Limit("model", 3, timedelta(minutes=30))
someone = st.integers(0, PEOPLE - 1)


class Accounts(RuleBasedStateMachine):
    """Of each member: `granted`, level → until when; `proofs`, (factor, session, bound) → when; `cool`, until when."""

    @initialize()
    def begin(self):
        self.clock = time_machine.travel(BEGIN, tick=False)
        self.traveller = self.clock.start()
        document = {"id_type": "resident_id", "id_no": "11010519491231002X"}
        # Two records of one person, and a stranger.
        self.customers = [CustomerFactory(**document), CustomerFactory(**document), CustomerFactory()]
        self.members = [MemberFactory(customer=customer) for customer in self.customers[:2]] + [MemberFactory()]
        self.ann = staff(Role.APPROVER)
        self.granted = [{} for _ in range(PEOPLE)]
        self.proofs = [{} for _ in range(PEOPLE)]
        self.cool = [BEGIN] * PEOPLE
        self.ended = set()

    def teardown(self):
        if hasattr(self, "clock"):
            self.clock.stop()

    @property
    def now(self):
        return timezone.now()

    def member(self, who):
        return Member.objects.get(pk=self.members[who].pk)

    def forget_proofs(self, who, *, but_of=""):
        self.proofs[who] = {key: at for key, at in self.proofs[who].items() if key[1] == but_of}

    # --- what can happen ------------------------------------------------------------------------------------------

    @rule(who=someone, level=st.sampled_from([Level.VERIFIED, Level.ADVANCED]))
    def level_is_granted(self, who, level):
        if who in self.ended:
            return
        method = LevelGrant.Method.FACE if level == Level.ADVANCED else LevelGrant.Method.IDENTITY_MATCH
        grant = grant_level(
            member=self.member(who), level=level, method=method, evidence="model", entrance=Entrance.WEB
        )
        self.granted[who][level] = grant.expires_at or datetime.max.replace(tzinfo=UTC)

    @rule(who=someone)
    def fraud_is_flagged(self, who):
        revoke_levels(member=self.member(who), because=LevelGrant.Revocation.FRAUD, entrance=Entrance.COUNTER)
        self.granted[who] = {}

    @rule(who=someone, give=st.booleans(), kind=st.sampled_from([Consent.Kind.FACE, Consent.Kind.MARKETING_SMS]))
    def consent_is_given_or_taken_back(self, who, give, kind):
        if who in self.ended:
            return
        member = self.member(who)
        if give:
            give_consent(member=member, kind=kind, version=1, language="en", entrance=Entrance.WEB)
        elif withdraw_consent(member=member, kind=kind, context=AT_WEB) and kind == Consent.Kind.FACE:
            self.granted[who].pop(Level.ADVANCED, None)

    @rule(
        who=someone,
        factor=st.sampled_from([Factor.CODE, Factor.FACE]),
        session=st.sampled_from([SESSION, OTHER_SESSION]),
        bound=st.booleans(),
    )
    def factor_is_proved(self, who, factor, session, bound):
        proved(self.member(who), factor, session=session, request=LOAN if bound else b"")
        self.proofs[who][factor, session, bound] = self.now

    @rule(who=someone, number=st.integers(0, 9))
    def phone_is_changed(self, who, number):
        member = self.member(who)
        try:
            change_mobile(member=member, proven_id=number_proved(member, f"+861391111000{number}"), context=AT_WEB)
        except (AssuranceRefused, MobileTaken, NumberNotProved, SameMobile):
            return
        self.cool[who] = self.now + timedelta(hours=24)
        self.forget_proofs(who, but_of=SESSION)

    @rule(who=someone)
    def number_turns_out_to_be_somebody_elses(self, who):
        member = self.member(who)
        try:
            take_number_off(member=member, evidence="COUNTER-2026-1", entrance=Entrance.COUNTER, by=self.ann)
        except (AccountNotActive, NoNumber, NotLinked):
            return
        self.granted[who], self.proofs[who] = {}, {}
        self.cool[who] = self.now + timedelta(hours=24)

    @rule(one=someone, other=someone)
    def accounts_are_merged(self, one, other):
        mine, theirs = self.member(one), self.member(other)
        if not theirs.mobile:
            return
        proved(mine, request=merge_request(mine, theirs))
        try:
            kept = merge_accounts(member=mine, proven_id=number_proved(mine, theirs.mobile), context=AT_WEB)
        except (AssuranceRefused, AccountsCannotMerge, NumberNotProved):
            self.proofs[one][Factor.CODE, SESSION, "merger"] = self.now
            return
        closed = other if kept == mine else one
        self.ended.add(closed)
        self.granted[closed], self.proofs[closed] = {}, {}

    @rule(who=someone, comes_back=st.booleans())
    def account_is_closed_or_nearly(self, who, comes_back):
        member = self.member(who)
        proved(member, request=closure_request(member))
        self.proofs[who][Factor.CODE, SESSION, "closing"] = self.now
        try:
            closure = request_closure(member=member, context=AT_WEB)
        except AssuranceRefused:
            return
        self.proofs[who].pop((Factor.CODE, SESSION, "closing"))
        if comes_back:
            reopen_account(member=member, entrance=Entrance.WEB)
            return
        AccountClosure.objects.filter(pk=closure.pk).update(due_at=self.now)
        close_account(closure_id=closure.pk, member_id=member.pk)
        self.ended.add(who)
        self.granted[who], self.proofs[who] = {}, {}

    @rule(who=someone, times=st.integers(1, 5))
    def somebody_guesses(self, who, times):
        for _ in range(times):
            with suppress(TooManyAttempts):
                count_attempts(subjects={LOCK: str(who)})

    @rule(minutes=st.sampled_from([1, 6, 11, 60, 24 * 60, 366 * 24 * 60]))
    def time_goes_by(self, minutes):
        self.traveller.move_to(self.now + timedelta(minutes=minutes))

    # --- what may never be ----------------------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "members"))
    @invariant()
    def whoever_may_do_something_has_its_level_and_its_proof(self):
        for who in range(PEOPLE):
            for action, (level, factor, waits) in ASKS.items():
                for session in (SESSION, OTHER_SESSION):
                    if self.may(who, action, session):
                        assert who not in self.ended, action
                        assert any(held >= level and until > self.now for held, until in self.granted[who].items()), (
                            action
                        )
                        assert not factor or self.has_proof(who, action, factor, session), action
                        assert not waits or self.cool[who] <= self.now, action

    def may(self, who, action, session):
        """Asked, and undone: a look uses no proof up."""
        with transaction.atomic():
            try:
                require_assurance(
                    self.members[who], action, Context(entrance=Entrance.WEB, session=session, request=LOAN)
                )
            except AssuranceRefused:
                return False
            finally:
                transaction.set_rollback(True)
        return True

    def has_proof(self, who, action, factor, session):
        minutes = 10 if action == "loan.apply" else 5
        return any(
            known == factor
            and where == session
            and at >= self.now - timedelta(minutes=minutes)
            and (action != "loan.apply" or bound is True)
            for (known, where, bound), at in self.proofs[who].items()
        )


class NoLevelIsWon(TestCase):
    def test_whatever_happens(self):
        run_state_machine_as_test(
            Accounts,
            settings=settings(
                max_examples=10,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
