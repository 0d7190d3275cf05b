"""No sequence of what can happen to accounts gives an action to a member who lacks its level.

The model knows of each member only the moments: which levels were granted, until when, and what ended them. Whatever
`require_assurance` allows has to follow from that.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count

import time_machine
from django.core.exceptions import PermissionDenied
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

from members.actions.block_account import NotBlocked, SameReleaser, block_account, decide_release, propose_release
from members.actions.change_mobile import MobileTaken, NumberNotProved, SameMobile, change_mobile
from members.actions.close_account import close_account, closure_request, reopen_account, request_closure
from members.actions.close_face_session import Measured, close_face_session
from members.actions.count_attempt import TooManyAttempts
from members.actions.decide_policy_change import SamePerson
from members.actions.give_consent import give_consent, withdraw_consent
from members.actions.grant_level import AccountNotActive, grant_level, revoke_levels
from members.actions.honour_face import honour_face
from members.actions.lost_number import NoNumber, NotLinked, SameGiver, take_number_off
from members.actions.merge_accounts import merge_accounts
from members.actions.review_level import (
    NoOpenReview,
    NotVerified,
    ReviewOpen,
    VerifiedAnew,
    decide_advanced_level,
    propose_advanced_level,
)
from members.actions.start_face_session import start_face_session
from members.actions.verify_identity import (
    AnotherPersonsAccount,
    Claim,
    IdentityNotMatched,
    PersonHasAccount,
    verify_identity,
)
from members.actions.verify_in_person import FACE_TO_FACE, NotOnRecord, OnlyAtCounter, verify_in_person
from members.assurance import AssuranceRefused, Context, require_assurance
from members.closing import ClosureRefused
from members.entrances import Entrance
from members.face.rules import FaceNotPossible
from members.merging import AccountsCannotMerge, merge_request
from members.models import AccountBlock, AccountClosure, Consent, Factor, Level, LevelGrant, LevelReview, Member
from members.origin import Origin
from members.queries import level_of
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
#: Where it is not to be had, whatever one has proved (members/assurance/defaults.csv).
CLOSED = {"points.redeem": {Entrance.COUNTER, Entrance.HOTLINE}, "loan.apply": {Entrance.HOTLINE}}
#: Of each session, the entrances that are looked at: nothing but its own session makes a proof good.
LOOKED_AT = ((SESSION, Entrance.WEB), (SESSION, Entrance.HOTLINE), (OTHER_SESSION, Entrance.APP))
#: All examples share one database: each has its own numbers and documents.
EXAMPLES = count(1)
NAME, FOREVER, EVIDENCE = "王小明", datetime.max.replace(tzinfo=UTC), "COUNTER-2026-1"
someone = st.integers(0, PEOPLE - 1)
somewhere = st.sampled_from([(SESSION, Entrance.WEB), (OTHER_SESSION, Entrance.APP), (OTHER_SESSION, Entrance.WECHAT)])
colleague = st.sampled_from(["ann", "ben", "ann", "ben", "eve"])
#: What ends much comes seldom, so that there is something to end.
seldom = st.sampled_from([False, False, False, True])


class Accounts(RuleBasedStateMachine):
    """Of each member: `granted`, level → until when; `proofs`, (factor, session, bound) → when; `cool`, until when;
    `failures` before the camera since the last pass. `tries`: of an account, or a document, on a day.
    """

    @initialize()
    def begin(self):
        self.clock = time_machine.travel(BEGIN, tick=False)
        self.traveller = self.clock.start()
        self.example = f"{next(EXAMPLES):05d}"
        one, stranger = f"E{self.example}001", f"E{self.example}002"
        # Of one person three records and two accounts; a stranger, who has not said yet who they are.
        self.documents = [one, one, stranger, one]
        self.customers = [
            CustomerFactory(id_type="passport", id_no=number, name=NAME, mobile=f"+86136{self.example}00{n}")
            for n, number in enumerate(self.documents)
        ]
        self.members = [
            MemberFactory(mobile=customer.mobile, customer=customer if n < 2 else None)
            for n, customer in enumerate(self.customers[:PEOPLE])
        ]
        for member in self.members:
            give_consent(member=member, kind=Consent.Kind.FACE, version=1, language="en", entrance=Entrance.WEB)
        # Two who may do anything, and an agent, who has no part in the advanced level.
        self.staff = {"ann": staff(Role.ADMINISTRATOR), "ben": staff(Role.ADMINISTRATOR)}
        self.staff["eve"] = staff(Role.SERVICE_AGENT)
        self.granted = [{} for _ in range(PEOPLE)]
        self.proofs = [{} for _ in range(PEOPLE)]
        self.cool = [BEGIN] * PEOPLE
        self.ended, self.blocked = set(), set()
        #: Member → who proposed the advanced level, and who took the number off.
        self.proposed, self.taken_off = {}, {}
        self.tries, self.failures = Counter(), [[] for _ in range(PEOPLE)]
        for who in range(2):
            self.level_is_granted(who=who, level=Level.VERIFIED)

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
        if who in self.ended | self.blocked or not self.member(who).customer:
            return
        method = LevelGrant.Method.FACE if level == Level.ADVANCED else LevelGrant.Method.IDENTITY_MATCH
        grant = grant_level(
            member=self.member(who), level=level, method=method, evidence="model", entrance=Entrance.WEB
        )
        self.granted[who][level] = grant.expires_at or FOREVER

    @rule(who=someone, now=seldom)
    def fraud_is_flagged(self, who, now):
        if not now:
            return
        revoke_levels(member=self.member(who), because=LevelGrant.Revocation.FRAUD, entrance=Entrance.COUNTER)
        self.granted[who] = {}

    @rule(who=someone, give=st.booleans(), kind=st.sampled_from([Consent.Kind.FACE, Consent.Kind.MARKETING_SMS]))
    def consent_is_given_or_taken_back(self, who, give, kind):
        if who in self.ended | self.blocked:
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
            change_mobile(
                member=member, proven_id=number_proved(member, f"+86139{self.example}00{number}"), context=AT_WEB
            )
        except (AssuranceRefused, MobileTaken, NumberNotProved, SameMobile):
            return
        self.cool[who] = self.now + timedelta(hours=24)
        self.forget_proofs(who, but_of=SESSION)

    @rule(who=someone, by=colleague, now=seldom)
    def number_turns_out_to_be_somebody_elses(self, who, by, now):
        member = self.member(who)
        if not now:
            return
        try:
            take_number_off(member=member, evidence=EVIDENCE, entrance=Entrance.COUNTER, by=self.staff[by])
        except (AccountNotActive, NoNumber, NotLinked, PermissionDenied):
            assert self.member(who).mobile == member.mobile
            return
        self.taken_off[who] = by
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

    @rule(who=someone, for_good=seldom)
    def account_is_closed_or_nearly(self, who, for_good):
        member = self.member(who)
        proved(member, request=closure_request(member))
        self.proofs[who][Factor.CODE, SESSION, "closing"] = self.now
        try:
            closure = request_closure(member=member, context=AT_WEB)
        except (AssuranceRefused, ClosureRefused):
            return
        self.proofs[who].pop((Factor.CODE, SESSION, "closing"))
        if not for_good:
            reopen_account(member=member, entrance=Entrance.WEB)
            return
        AccountClosure.objects.filter(pk=closure.pk).update(due_at=self.now)
        close_account(closure_id=closure.pk, member_id=member.pk)
        self.ended.add(who)
        self.granted[who], self.proofs[who] = {}, {}

    @rule(who=someone, of=st.none() | someone, name=st.sampled_from([NAME, NAME, NAME, "李明"]), at=somewhere)
    def somebody_says_who_they_are(self, who, of, name, at):
        """Right or wrong, at any entrance, as often as they like: five a day by an account, three with a document."""
        member, (session, entrance) = self.member(who), at
        had, day = member.customer_id, timezone.localdate()
        number = self.documents[who if of is None else of]
        proved(member, session=session)
        self.proofs[who][Factor.CODE, session, False] = self.now
        try:
            verify_identity(
                member=member,
                claim=Claim(name=name, id_type="passport", id_no=number),
                context=Context(entrance=entrance, session=session),
                origin=Origin(entrance=entrance),
            )
        except AssuranceRefused:
            return
        except TooManyAttempts:
            self.tries.update([(who, day), (number, day)])
            return
        except (IdentityNotMatched, PersonHasAccount, AnotherPersonsAccount):
            self.tries.update([(who, day), (number, day)])
            matched = False
        else:
            self.tries.update([(who, day), (number, day)])
            matched = True
        assert self.tries[who, day] <= 5
        assert self.tries[number, day] <= 3
        if matched:
            assert name == NAME
            assert member.mobile in {customer.mobile for customer in self.customers}
            self.is_linked(who, had)

    @rule(who=someone, of=st.integers(0, 3), shown=someone, by=colleague, at=st.sampled_from(FACE_TO_FACE))
    def document_is_shown_to_staff(self, who, of, shown, by, at=Entrance.COUNTER):
        member = self.member(who)
        had = member.customer_id
        try:
            grant = verify_in_person(
                member=member,
                customer_no=self.customers[of].customer_no,
                id_type="passport",
                id_no=self.documents[shown],
                evidence=EVIDENCE,
                entrance=at,
                by=self.staff[by],
            )
        except (AccountNotActive, AccountsCannotMerge, AnotherPersonsAccount, NoNumber, NotOnRecord):
            return
        except (OnlyAtCounter, PersonHasAccount, SameGiver):
            return
        assert self.documents[of] == self.documents[shown]
        assert grant.level == Level.VERIFIED
        if grant.member_id != member.pk:  # an account that had lost its number has come back, with this one's
            back = next(n for n, one in enumerate(self.members) if one.pk == grant.member_id)
            assert self.taken_off.pop(back) != by
            assert at == Entrance.COUNTER
            self.ended.add(who)
            self.granted[who], self.proofs[who] = {}, {}
            self.granted[back] = {Level.VERIFIED: FOREVER}
            self.cool[back] = self.now + timedelta(hours=24)
            return
        self.is_linked(who, had)

    def is_linked(self, who, had):
        """Now verified; with another record than before, without whatever it was before."""
        if had and self.member(who).customer_id != had:
            self.granted[who] = {}
        self.granted[who][Level.VERIFIED] = FOREVER

    @rule(who=someone, at=somewhere, bound=st.booleans(), fails=st.integers(0, 4), passes=st.booleans())
    def face_stands_before_the_camera(self, who, at, bound, fails, passes):
        """Again and again, as long as it may."""
        session, entrance = at
        proved(self.member(who), session=session)
        self.proofs[who][Factor.CODE, session, False] = self.now
        for outcome in ["fail"] * fails + ["pass"] * passes:
            self.try_face(who, Context(entrance=entrance, session=session, request=LOAN if bound else b""), outcome)

    def try_face(self, who, context, outcome):
        self.traveller.shift(timedelta(seconds=1))  # two tries are never at one moment
        try:
            started = start_face_session(member=self.member(who), context=context)
        except (AssuranceRefused, FaceNotPossible):
            return
        recent = [at for at in self.failures[who] if at > self.now - timedelta(days=1)]
        assert not recent or len(recent) % 3 or recent[-1] <= self.now - timedelta(minutes=30), "paused"
        assert self.holds(who, Level.VERIFIED)
        closed = close_face_session(
            session_id=started.session.pk,
            outcome=outcome,
            reason="no_match" if outcome == "fail" else None,
            measured=Measured("test", 0.2),
        )
        if outcome == "fail":
            self.failures[who] = [*recent, self.now]
            return
        self.failures[who] = []
        honour_face(session_id=closed.pk)
        self.proofs[who][Factor.FACE, context.session, bool(context.request)] = self.now
        if not context.request:
            self.granted[who][Level.ADVANCED] = self.now + timedelta(days=365)

    @rule(who=someone, proposes=colleague, decides=colleague, grant=st.sampled_from([True, True, False]))
    def advanced_level_is_reviewed(self, who, proposes, decides, grant):
        """By two, for whom no camera checks. A proposal that cannot be decided stays open for the next one."""
        member = self.member(who)
        try:
            propose_advanced_level(
                member=member,
                reason=LevelReview.Reason.NO_FACE,
                evidence=EVIDENCE,
                entrance=Entrance.COUNTER,
                by=self.staff[proposes],
            )
            assert self.holds(who, Level.VERIFIED)
            self.proposed[who] = proposes
        except (NotVerified, PermissionDenied, ReviewOpen):
            pass
        try:
            decide_advanced_level(member=member, grant=grant, by=self.staff[decides])
        except (NoOpenReview, NotVerified, PermissionDenied, SamePerson, VerifiedAnew):
            return
        assert self.proposed.pop(who) != decides
        assert decides != "eve"
        if grant:
            assert self.holds(who, Level.VERIFIED)
            self.granted[who][Level.ADVANCED] = self.now + timedelta(days=365)

    @rule(who=someone, by=colleague, now=seldom)
    def account_is_blocked(self, who, by, now):
        if not now:
            return
        try:
            block_account(
                member=self.member(who),
                reason=AccountBlock.Reason.STRANGE,
                entrance=Entrance.HOTLINE,
                by=self.staff[by],
            )
        except AccountNotActive:
            return
        self.blocked.add(who)
        self.granted[who], self.proofs[who] = {}, {}

    @rule(who=someone, proposes=colleague, decides=colleague)
    def account_is_unblocked(self, who, proposes, decides):
        member = self.member(who)
        try:
            propose_release(member=member, finding="model", by=self.staff[proposes])
            decide_release(member=member, release=True, entrance=Entrance.COUNTER, by=self.staff[decides])
        except (NotBlocked, PermissionDenied, SameReleaser):
            return
        assert proposes != decides
        self.blocked.discard(who)
        self.cool[who] = max(self.cool[who], self.now + timedelta(hours=72))

    @rule(minutes=st.sampled_from([1, 6, 11, 60, 24 * 60, 366 * 24 * 60]))
    def time_goes_by(self, minutes):
        self.traveller.move_to(self.now + timedelta(minutes=minutes))

    # --- what may never be ----------------------------------------------------------------------------------------

    @precondition(lambda self: hasattr(self, "members"))
    @invariant()
    def whoever_may_do_something_has_its_level_and_its_proof(self):
        for who in range(PEOPLE):
            assert level_of(self.members[who]) == Level.REGISTERED or self.holds(who, level_of(self.members[who]))
            for action, (level, factor, waits) in ASKS.items():
                for session, entrance in LOOKED_AT:
                    if self.may(who, action, session, entrance):
                        assert who not in self.ended | self.blocked, action
                        assert entrance not in CLOSED.get(action, ()), action
                        assert self.holds(who, level), action
                        assert not factor or self.has_proof(who, action, factor, session), action
                        assert not waits or self.cool[who] <= self.now, action

    def holds(self, who, level):
        return any(held >= level and until > self.now for held, until in self.granted[who].items())

    def may(self, who, action, session, entrance):
        """Asked, and undone: a look uses no proof up."""
        with transaction.atomic():
            try:
                require_assurance(self.members[who], action, Context(entrance=entrance, session=session, request=LOAN))
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
                max_examples=20,
                stateful_step_count=30,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def test_the_ways_that_lead_somewhere_do(self):
        """Else nothing that happens would ever be refused: each state that the model speaks of is reached."""
        accounts = self.begun()
        at_web, in_app = (SESSION, Entrance.WEB), (OTHER_SESSION, Entrance.APP)
        accounts.somebody_says_who_they_are(who=2, of=None, name=NAME, at=in_app)
        assert accounts.may(2, "policy.view", *at_web)
        assert accounts.may(2, "points.redeem", *in_app)
        assert not accounts.may(2, "points.redeem", OTHER_SESSION, Entrance.HOTLINE)
        accounts.face_stands_before_the_camera(who=2, at=at_web, bound=False, fails=3, passes=True)
        assert not accounts.holds(2, Level.ADVANCED), "paused"
        accounts.time_goes_by(minutes=60)
        accounts.face_stands_before_the_camera(who=2, at=at_web, bound=False, fails=0, passes=True)
        assert accounts.holds(2, Level.ADVANCED)
        assert not accounts.may(2, "loan.apply", *at_web)
        accounts.face_stands_before_the_camera(who=2, at=at_web, bound=True, fails=0, passes=True)
        assert accounts.may(2, "loan.apply", *at_web)
        assert not accounts.may(2, "loan.apply", *in_app)
        accounts.time_goes_by(minutes=366 * 24 * 60)
        assert not accounts.holds(2, Level.ADVANCED)
        accounts.advanced_level_is_reviewed(who=0, proposes="eve", decides="ann", grant=True)
        accounts.advanced_level_is_reviewed(who=0, proposes="ann", decides="ann", grant=True)
        assert not accounts.holds(0, Level.ADVANCED)
        accounts.advanced_level_is_reviewed(who=0, proposes="ben", decides="ben", grant=True)
        accounts.advanced_level_is_reviewed(who=0, proposes="ann", decides="ben", grant=True)
        assert accounts.holds(0, Level.ADVANCED)
        accounts.document_is_shown_to_staff(who=0, of=3, shown=0, by="eve")
        assert accounts.granted[0] == {Level.VERIFIED: FOREVER}, "linked to another record of the person"
        accounts.whoever_may_do_something_has_its_level_and_its_proof()
        accounts.account_is_blocked(who=0, by="eve", now=True)
        accounts.account_is_unblocked(who=0, proposes="ann", decides="ann")
        assert 0 in accounts.blocked
        accounts.account_is_unblocked(who=0, proposes="ann", decides="ben")
        assert not accounts.blocked
        accounts.whoever_may_do_something_has_its_level_and_its_proof()

    def test_a_change_of_phone_is_waited_for(self):
        accounts = self.begun()
        at_web = (SESSION, Entrance.WEB)
        accounts.factor_is_proved(who=0, factor=Factor.CODE, session=SESSION, bound=False)
        assert accounts.may(0, "points.redeem", *at_web)
        accounts.phone_is_changed(who=0, number=1)
        assert accounts.cool[0] > accounts.now
        assert accounts.may(0, "contact.change", *at_web)
        assert not accounts.may(0, "points.redeem", *at_web)
        accounts.time_goes_by(minutes=24 * 60)
        accounts.factor_is_proved(who=0, factor=Factor.CODE, session=SESSION, bound=False)
        assert accounts.may(0, "points.redeem", *at_web)

    def test_so_do_a_merger_and_a_number_that_was_lost(self):
        accounts = self.begun()
        accounts.number_turns_out_to_be_somebody_elses(who=1, by="ann", now=True)
        accounts.document_is_shown_to_staff(who=2, of=1, shown=1, by="ann")
        assert accounts.taken_off == {1: "ann"}
        accounts.document_is_shown_to_staff(who=2, of=1, shown=1, by="eve")
        assert (accounts.taken_off, accounts.ended) == ({}, {2})
        accounts.time_goes_by(minutes=24 * 60)
        accounts.accounts_are_merged(one=0, other=1)
        assert len(accounts.ended) == 2
        accounts.whoever_may_do_something_has_its_level_and_its_proof()

    def begun(self):
        accounts = Accounts()
        accounts.begin()
        self.addCleanup(accounts.teardown)
        return accounts
