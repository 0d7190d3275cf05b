"""Which of the staff's roles may open which page: every page of the packages, every role, both ways."""

from datetime import timedelta
from uuid import uuid4

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone, translation
from wagtail import hooks

from benefits.actions.load_benefits import load_benefits
from benefits.actions.load_tier_terms import load_tier_terms
from benefits.models import BlackoutDay, ProviderImport, QuotaGrant, Service, TierSimulation, TierTerms
from benefits.roles import SEE as SEE_BENEFITS
from members.assurance import default_terms
from members.models import ApiKey, BookImport, FaceReview, ParkedEvent, PolicyChange
from members.roles import MAY, Role, grant_permissions
from notifications.models import Message, ProviderState, Template
from points.actions.load_rewards import load_rewards
from points.models import EarningCampaign, GivingBack, PointAdjustment, RuleChange, RulePayment, RuleSimulation
from tests.benefits.booking_cast import give_visits
from tests.benefits.desk_cast import a_desk
from tests.benefits.network import make_offer
from tests.factories import CustomerFactory, MemberFactory, PolicyEventFactory, PolicyFactory
from tests.members.accounts import verified
from tests.members.face_cast import ended
from tests.notifications.conftest import make_event_type
from tests.points.earning import rule, terms
from tests.points.reward_cast import TELEDOC, fill_pool, make_project, redeem, redeemer

EDITOR, APPROVER, OPERATOR = Role.MARKETING_EDITOR, Role.APPROVER, Role.NOTIFICATION_OPERATOR
AGENT, BENEFITS, ANALYST, ADMINISTRATOR = (
    Role.SERVICE_AGENT,
    Role.BENEFITS_MANAGER,
    Role.ANALYST,
    Role.ADMINISTRATOR,
)
NOBODY: frozenset[Role] = frozenset()
LOOK_UP = {APPROVER, OPERATOR, AGENT, BENEFITS, ADMINISTRATOR}
TERMS = {APPROVER, AGENT, ANALYST, ADMINISTRATOR}
SERVING = {APPROVER, AGENT, ADMINISTRATOR}
SENDING = {OPERATOR, AGENT, ADMINISTRATOR}
OPERATIONS = {OPERATOR, ADMINISTRATOR}
WRITERS = {EDITOR, OPERATOR, ADMINISTRATOR}
REWARDS = {BENEFITS, ADMINISTRATOR}
LEDGERS = {AGENT, BENEFITS, ADMINISTRATOR}
USE = {AGENT, BENEFITS, ANALYST, ADMINISTRATOR}
PAYING = {BENEFITS, ADMINISTRATOR}
READERS = {EDITOR, APPROVER, OPERATOR, ANALYST, ADMINISTRATOR}
EARNING = {EDITOR, APPROVER, ANALYST, ADMINISTRATOR}
PAYMENTS = {APPROVER, ADMINISTRATOR}
TIERS = {APPROVER, AGENT, BENEFITS, ANALYST, ADMINISTRATOR}
TRYING_TIERS = TIERS - {AGENT}
VISITS = {AGENT, BENEFITS, ANALYST, ADMINISTRATOR}

#: Who may open a page; a page that is not here fails the test. Decisions are sent by POST, see POSTED.
PAGES: dict[str, set[Role] | frozenset[Role]] = {
    "customers:index": LOOK_UP,
    "customers:index_results": LOOK_UP,
    "customers:inspect": LOOK_UP,
    "policies:index": LOOK_UP,
    "policies:index_results": LOOK_UP,
    "policies:inspect": LOOK_UP,
    "book_imports:index": {ADMINISTRATOR},
    "book_imports:index_results": {ADMINISTRATOR},
    "book_imports:inspect": {ADMINISTRATOR},
    "book_imports:add": {ADMINISTRATOR},
    "book_imports:progress": {ADMINISTRATOR},
    "book_imports:rejects": {ADMINISTRATOR},
    "api_keys:index": {ADMINISTRATOR},
    "api_keys:index_results": {ADMINISTRATOR},
    "api_keys:add": {ADMINISTRATOR},
    "api_keys:delete": {ADMINISTRATOR},
    "parked_events:index": OPERATIONS,
    "parked_events:index_results": OPERATIONS,
    "parked_events:inspect": OPERATIONS,
    "parked_events:redrive": OPERATIONS,
    "waiting_events:index": OPERATIONS,
    "waiting_events:index_results": OPERATIONS,
    "waiting_events:inspect": OPERATIONS,
    "waiting_events:data": OPERATIONS,
    "action_policies:index": TERMS,
    "action_policies:propose": {ADMINISTRATOR},
    "policy_changes:index": TERMS,
    "policy_changes:index_results": TERMS,
    "policy_changes:inspect": TERMS,
    "policy_changes:decide": {APPROVER, ADMINISTRATOR},
    "face_reviews:index": {APPROVER, ADMINISTRATOR},
    "face_reviews:index_results": {APPROVER, ADMINISTRATOR},
    "face_reviews:inspect": {APPROVER, ADMINISTRATOR},
    "face_reviews:look": {APPROVER, ADMINISTRATOR},
    "face_reviews:vote": {APPROVER, ADMINISTRATOR},
    "member_files:index": SERVING,
    "member_files:index_results": SERVING,
    "member_files:inspect": SERVING,
    "member_files:unmask": SERVING,
    "member_files:block": SERVING,
    "member_files:code": {AGENT, ADMINISTRATOR},
    "member_files:verify": {AGENT, ADMINISTRATOR},
    "member_files:guardian": {AGENT, ADMINISTRATOR},
    "member_files:guardian-takes-back": {AGENT, ADMINISTRATOR},
    "member_files:lost-number": {APPROVER, ADMINISTRATOR},
    "member_files:propose-level": {APPROVER, ADMINISTRATOR},
    "member_files:decide-level": {APPROVER, ADMINISTRATOR},
    "member_files:propose-release": {APPROVER, ADMINISTRATOR},
    "member_files:decide-release": {APPROVER, ADMINISTRATOR},
    "rewards:index": REWARDS | {ANALYST},
    "rewards:index_results": REWARDS | {ANALYST},
    "rewards:inspect": REWARDS | {ANALYST},
    "rewards:edit": REWARDS,
    "rewards:history": REWARDS,
    "rewards:history_results": REWARDS,
    "voucher_pools:index": REWARDS | {ANALYST},
    "voucher_pools:index_results": REWARDS | {ANALYST},
    "voucher_pools:inspect": REWARDS | {ANALYST},
    "voucher_pools:import": REWARDS,
    "voucher_pools:batch": REWARDS | {ANALYST},
    "voucher_pools:withdraw": REWARDS,
    "redemptions:index": REWARDS | {ANALYST, AGENT},
    "redemptions:index_results": REWARDS | {ANALYST, AGENT},
    "redemptions:inspect": REWARDS | {ANALYST, AGENT},
    "redemptions:settle": REWARDS,
    "redemptions:give-back": REWARDS | {AGENT},
    "redemptions:decide-giving-back": REWARDS,
    "charity_projects:index": REWARDS | {ANALYST},
    "charity_projects:index_results": REWARDS | {ANALYST},
    "charity_projects:add": REWARDS,
    "charity_projects:edit": REWARDS,
    "charity_projects:history": REWARDS,
    "charity_projects:history_results": REWARDS,
    "earning_rules:index": EARNING,
    "earning_rules:index_results": EARNING,
    "earning_rules:inspect": EARNING,
    "rule_changes:index": EARNING,
    "rule_changes:index_results": EARNING,
    "rule_changes:inspect": EARNING,
    "rule_changes:add": {EDITOR, ADMINISTRATOR},
    "rule_changes:change": {EDITOR, ADMINISTRATOR},
    "rule_changes:revise": {EDITOR, ADMINISTRATOR},
    "rule_changes:act": {APPROVER, ADMINISTRATOR},
    "rule_changes:simulate": EARNING,
    "rule_changes:simulation": EARNING,
    "rule_changes:simulation_progress": EARNING,
    "earning_campaigns:index": EARNING,
    "earning_campaigns:index_results": EARNING,
    "earning_campaigns:inspect": EARNING,
    "earning_campaigns:add": {EDITOR, ADMINISTRATOR},
    "earning_campaigns:revise": {EDITOR, ADMINISTRATOR},
    "earning_campaigns:act": {APPROVER, ADMINISTRATOR},
    "rule_payments:index": PAYMENTS,
    "rule_payments:index_results": PAYMENTS,
    "rule_payments:inspect": PAYMENTS,
    "rule_payments:act": PAYMENTS,
    "points_ledgers:index": LEDGERS,
    "points_ledgers:index_results": LEDGERS,
    "points_ledgers:member": LEDGERS,
    "points_ledgers:adjust": LEDGERS,
    "points_adjustments:index": LEDGERS,
    "points_adjustments:index_results": LEDGERS,
    "points_adjustments:inspect": LEDGERS,
    "points_adjustments:decide": {BENEFITS, ADMINISTRATOR},
    "points_adjustments:take-back": LEDGERS,
    "points_liability:index": {ANALYST, ADMINISTRATOR},
    "points_liability:file": {ANALYST, ADMINISTRATOR},
    "customer_tiers:index": TIERS,
    "customer_tiers:index_results": TIERS,
    "customer_tiers:customer": TIERS,
    "tier_terms:index": TIERS,
    "tier_terms:index_results": TIERS,
    "tier_terms:inspect": TIERS,
    "tier_terms:add": {BENEFITS, ADMINISTRATOR},
    "tier_terms:revise": {BENEFITS, ADMINISTRATOR},
    "tier_terms:act": {APPROVER, ADMINISTRATOR},
    "tier_terms:simulate": TRYING_TIERS,
    "tier_terms:simulation": TRYING_TIERS,
    "tier_terms:simulation_progress": TRYING_TIERS,
    "customer_entitlements:index": LEDGERS | {ANALYST},
    "customer_entitlements:index_results": LEDGERS | {ANALYST},
    "customer_entitlements:customer": LEDGERS | {ANALYST},
    "customer_entitlements:grant": LEDGERS,
    "customer_entitlements:case": LEDGERS,
    "quota_grants:index": LEDGERS,
    "quota_grants:index_results": LEDGERS,
    "quota_grants:inspect": LEDGERS,
    "quota_grants:decide": {BENEFITS, ADMINISTRATOR},
    "benefit_usage:index": LEDGERS | {ANALYST},
    "benefit_cases:index": USE,
    "benefit_cases:index_results": USE,
    "benefit_cases:inspect": USE,
    "benefit_cases:read": NOBODY,
    "settlements:index": PAYING | {ANALYST},
    "settlements:index_results": PAYING | {ANALYST},
    "settlements:inspect": PAYING | {ANALYST},
    "settlements:table": PAYING | {ANALYST},
    "settlements:close": PAYING,
    "line_disputes:index": PAYING | {ANALYST},
    "line_disputes:index_results": PAYING | {ANALYST},
    "line_disputes:inspect": PAYING | {ANALYST},
    "line_disputes:decide": PAYING,
    "desk_workers:index": PAYING,
    "desk_workers:index_results": PAYING,
    "desk_workers:add": PAYING,
    "desk_workers:delete": PAYING,
    "visit_bookings:index": VISITS,
    "visit_bookings:index_results": VISITS,
    "visit_bookings:inspect": VISITS,
    "visit_bookings:call-off": {AGENT, BENEFITS, ADMINISTRATOR},
    "visit_satisfaction:index": VISITS,
    "providers:index": REWARDS | {ANALYST},
    "providers:index_results": REWARDS | {ANALYST},
    "providers:inspect": REWARDS | {ANALYST},
    "providers:add": REWARDS,
    "providers:edit": REWARDS,
    "providers:history": REWARDS,
    "providers:history_results": REWARDS,
    "sites:index": REWARDS | {ANALYST},
    "sites:index_results": REWARDS | {ANALYST},
    "sites:inspect": REWARDS | {ANALYST},
    "sites:add": REWARDS,
    "sites:edit": REWARDS,
    "sites:history": REWARDS,
    "sites:history_results": REWARDS,
    "sites:close": REWARDS,
    "sites:open": REWARDS,
    "provider_contracts:index": REWARDS | {ANALYST},
    "provider_contracts:index_results": REWARDS | {ANALYST},
    "provider_contracts:add": REWARDS,
    "provider_contracts:edit": REWARDS,
    "provider_contracts:history": REWARDS,
    "provider_contracts:history_results": REWARDS,
    "closed_days:index": REWARDS | {ANALYST},
    "closed_days:index_results": REWARDS | {ANALYST},
    "closed_days:inspect": REWARDS | {ANALYST},
    "provider_growth:index": REWARDS | {ANALYST},
    "provider_growth:file": REWARDS | {ANALYST},
    "provider_imports:index": REWARDS,
    "provider_imports:index_results": REWARDS,
    "provider_imports:inspect": REWARDS,
    "provider_imports:add": REWARDS,
    "provider_imports:progress": REWARDS,
    "provider_imports:rejects": REWARDS,
    "notification_figures:index": SENDING,
    "notification_messages:index": SENDING,
    "notification_messages:index_results": SENDING,
    "notification_messages:inspect": SENDING,
    "notification_messages:text": SENDING,
    "notification_messages:letter": SENDING,
    "notification_messages:redrive": OPERATIONS,
    "notification_messages:settle": OPERATIONS,
    "notification_event_types:index": READERS,
    "notification_event_types:index_results": READERS,
    "notification_event_types:add": NOBODY,
    "notification_event_types:delete": NOBODY,
    "notification_event_types:edit": OPERATIONS,
    "notification_event_types:history": OPERATIONS,
    "notification_event_types:history_results": OPERATIONS,
    "notification_event_types:usage": OPERATIONS,
    "notification_event_types:restore": OPERATIONS,
    "notification_providers:index": OPERATIONS,
    "notification_providers:index_results": OPERATIONS,
    "notification_providers:edit": OPERATIONS,
    "notification_providers:history": OPERATIONS,
    "notification_providers:history_results": OPERATIONS,
    "wagtailsnippets_notifications_template:list": READERS,
    "wagtailsnippets_notifications_template:list_results": READERS,
    "wagtailsnippets_notifications_template:add": WRITERS,
    "wagtailsnippets_notifications_template:edit": WRITERS | {APPROVER},
    "wagtailsnippets_notifications_template:delete": NOBODY,
    "wagtailsnippets_notifications_template:usage": WRITERS | {APPROVER},
    "wagtailsnippets_notifications_template:history": WRITERS | {APPROVER},
    "wagtailsnippets_notifications_template:history_results": WRITERS | {APPROVER},
    "wagtailsnippets_notifications_template:preview_on_add": WRITERS,
    "wagtailsnippets_notifications_template:preview_on_edit": WRITERS | {APPROVER},
    "wagtailsnippets_notifications_template:unpublish": {APPROVER, ADMINISTRATOR},
}
POSTED = {
    "sites:open": {},
    "parked_events:redrive": {},
    "waiting_events:data": {},
    "policy_changes:decide": {"approve": ""},
    "rule_changes:act": {"approve": ""},
    "rule_changes:simulate": {"days": "30"},
    "earning_campaigns:act": {"approve": ""},
    "tier_terms:act": {"approve": ""},
    "tier_terms:simulate": {},
    "rule_payments:act": {"approve": ""},
    "face_reviews:look": {},
    "face_reviews:vote": {"reason": "same_person"},
    "voucher_pools:withdraw": {"because": "recalled by the supplier"},
    "redemptions:give-back": {},
    "redemptions:decide-giving-back": {"reject": ""},
    "redemptions:settle": {"outcome": "failed", "because": "never arrived"},
    "points_adjustments:decide": {"approve": ""},
    "points_adjustments:take-back": {"note": "", "request_id": ""},
    "quota_grants:decide": {"approve": ""},
    "visit_bookings:call-off": {"because": "医生病假"},
    "settlements:close": {},
    "line_disputes:decide": {"outcome": "rejected", "because": "记录清楚"},
    "notification_messages:text": {},
    "notification_messages:letter": {},
    "notification_messages:redrive": {},
    "notification_messages:settle": {},
    "notification_event_types:restore": {},
}
#: They name a version of a text, and are behind the same check as its history or its editing.
OF_A_VERSION = {"revisions_view", "revisions_revert", "revisions_compare", "revisions_unschedule"}


def namespaces():
    """The first part of the names of pages that our packages register in the admin."""
    for register in hooks.get_hooks("register_admin_viewset"):
        found = register()
        for each in found if isinstance(found, list | tuple) else [found]:
            for viewset in getattr(each, "registerables", [each]):
                if type(viewset).__module__.split(".")[0] in ("members", "points", "benefits", "notifications"):
                    yield viewset.get_url_name("").rstrip(":")


def names(resolver, path=()):
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from names(each, (*path, *([each.namespace] if each.namespace else [])))
        elif isinstance(each, URLPattern) and each.name:
            yield ":".join((*path, each.name))


@pytest.fixture
def places(untold):
    """What stands in the address of each page that names something."""
    premium_due = make_event_type()
    policy = PolicyFactory(policyholder=CustomerFactory(reachable=True))
    event = PolicyEventFactory(subject=policy.policy_no, state="waiting_subject", xid=None)
    parked = ParkedEvent.objects.create(consumer="notifications", event=event, error="KeyError")
    message = Message.objects.create(
        event_type=premium_due, policy_event=event, cause="policy:1", recipient="c1", role="policyholder",
        channel="sms", track="push", state="uncertain", reason="no answer", priority=premium_due.priority,
        language="zh-hans", address="+8613811112222", body="保单应交保费", due_at=timezone.now(),
        send_after=timezone.now(),
    )  # fmt: skip
    delivery = BookImport.objects.create(uploaded_by=MemberFactory(), state="done")
    delivery.files.create(name="customers.csv", size_bytes=1)
    key = ApiKey.objects.create(name="core", prefix="abcd", digest=b"0" * 32, scopes=[], created_by=MemberFactory())
    change = PolicyChange.objects.create(
        action="policy.view", level=3, entrances=["web"], replaces=default_terms()["policy.view"][0].fields(),
        reason="监管检查意见", proposed_by=MemberFactory(),
    )  # fmt: skip
    review = FaceReview.objects.create(
        session=ended(MemberFactory(), "review", reason="near_match"), destroy_on=timezone.localdate(),
        evidence={"live": [], "reference": ""},
    )  # fmt: skip
    proposed = RuleChange.objects.create(
        **terms(), state="proposed", reason="消保宣传", drafted_by=MemberFactory(), proposed_by=MemberFactory(),
        proposed_at=timezone.now(),
    )  # fmt: skip
    simulation = RuleSimulation.objects.create(
        change=proposed, terms=proposed.stored_terms(), days=30, asked_by=MemberFactory()
    )
    campaign = EarningCampaign.objects.create(
        name_zh="双倍", name_en="Double", multiplier=2, rules=["test.quiz"], starts_at=timezone.now(),
        ends_at=timezone.now() + timedelta(days=1), state="proposed", reason="客服节", drafted_by=MemberFactory(),
        proposed_by=MemberFactory(),
    )  # fmt: skip
    earning = rule()
    payment = RulePayment.objects.create(
        member=MemberFactory(), rule=earning, rule_version=1, cause="1", fact="1", points=500,
        occurred_at=timezone.now(), earned_on=timezone.localdate(), state="waiting",
    )  # fmt: skip
    adjustment = PointAdjustment.objects.create(
        member=MemberFactory(), points=400, reason="goodwill", request_id=uuid4(), proposed_by=MemberFactory()
    )
    load_tier_terms()
    in_force = TierTerms.objects.get()
    tier_rules = TierTerms.objects.create(
        **in_force.terms() | {"effective_on": timezone.localdate() + timedelta(days=9)}, state="proposed",
        drafted_by=MemberFactory(), proposed_by=MemberFactory(), proposed_at=timezone.now(),
    )  # fmt: skip
    tiers_tried = TierSimulation.objects.create(
        terms=tier_rules, drafted=tier_rules.terms(), compared=in_force, on=timezone.localdate(), last=0,
        asked_by=MemberFactory(),
    )  # fmt: skip
    # First of those that book: its bookings and places begin with the number 1.
    give_visits(visiting := verified(MemberFactory(customer=CustomerFactory())))
    visit = visiting.bookings.first()
    desk = a_desk()
    provider = ProviderState.objects.create(name="smtp")
    load_rewards()
    load_benefits()
    grant = QuotaGrant.objects.create(
        customer=policy.roles.first().customer, service=Service.objects.get(code="tele_doctor"), quota=1,
        starts_on=timezone.localdate(), ends_on=timezone.localdate(), reason="goodwill", request_id=uuid4(),
        proposed_by=MemberFactory(),
    )  # fmt: skip
    batch = fill_pool(TELEDOC, "A", "B")
    redemption = redeem(redeemer(), TELEDOC)
    giving_back = GivingBack.objects.create(
        redemption=redemption, points=1, reason="other", request_id=uuid4(), proposed_by=MemberFactory()
    )
    place = make_offer()
    closed = BlackoutDay.objects.create(site=place.site, day=timezone.localdate())
    network = ProviderImport.objects.create(uploaded_by=MemberFactory(), state="done")
    network.files.create(name="sites.csv", size_bytes=1)
    text = Template.objects.filter(event_type=premium_due).first()
    code = premium_due.pk.replace("_", "_5F")
    return {
        "customers": (policy.roles.first().customer_id,),
        "policies": (policy.pk,),
        "book_imports": (delivery.pk,),
        "book_imports:rejects": (delivery.pk, "customers.csv"),
        "api_keys": (key.pk,),
        "parked_events": (parked.pk,),
        "waiting_events": (event.pk,),
        "action_policies": ("policy.view", "0"),
        "policy_changes": (change.pk,),
        "earning_rules": (earning.pk,),
        "rule_changes": (proposed.pk,),
        "rule_changes:change": (earning.pk,),
        "rule_changes:simulation": (simulation.pk,),
        "rule_changes:simulation_progress": (simulation.pk,),
        "earning_campaigns": (campaign.pk,),
        "rule_payments": (payment.pk,),
        "face_reviews": (review.pk,),
        "member_files": (MemberFactory().pk,),
        "rewards": (batch.reward_id,),
        "voucher_pools": (batch.reward_id,),
        "voucher_pools:batch": (batch.reward_id, batch.pk),
        "voucher_pools:withdraw": (batch.reward_id, batch.pk),
        "redemptions": (redemption.pk,),
        "redemptions:decide-giving-back": (giving_back.pk,),
        "charity_projects": (make_project().pk,),
        "customer_entitlements": (policy.roles.first().customer_id,),
        "customer_entitlements:case": (visiting.customer_id, "tele_doctor"),
        "quota_grants": (grant.pk,),
        "points_ledgers": (adjustment.member_id,),
        "points_adjustments": (adjustment.pk,),
        "customer_tiers": (policy.roles.first().customer_id,),
        "tier_terms": (tier_rules.pk,),
        "tier_terms:simulation": (tiers_tried.pk,),
        "tier_terms:simulation_progress": (tiers_tried.pk,),
        "benefit_cases": (desk.case_id,),
        "settlements": (desk.settlement_id,),
        "line_disputes": (desk.dispute_id,),
        "desk_workers": (desk.worker_id,),
        "visit_bookings": (visit.pk,),
        "providers": (place.site.provider_id,),
        "sites": (place.site_id,),
        "sites:open": (place.site_id, closed.pk),
        "provider_contracts": (place.site.provider.contracts.get().pk,),
        "closed_days": (closed.pk,),
        "provider_imports": (network.pk,),
        "provider_imports:rejects": (network.pk, "sites.csv"),
        "notification_messages": (message.pk,),
        "notification_event_types": (code,),
        "notification_event_types:restore": (premium_due.pk,),
        "notification_providers": (provider.pk,),
        "wagtailsnippets_notifications_template": (text.pk,),
    }


def address_of(name, places):
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=places.get(name) or places[name.partition(":")[0]])


def refused(client, name, places):
    address = address_of(name, places)
    answer = client.post(address, POSTED[name]) if name in POSTED else client.get(address)
    assert answer.status_code < 500, name
    home, login = reverse("wagtailadmin_home"), reverse("wagtailadmin_login")
    return answer.status_code == 403 or (
        answer.status_code == 302 and (answer.url == home or answer.url.startswith(login))
    )


@pytest.mark.django_db
def test_every_page_stands_in_the_table():
    ours = set(namespaces())
    assert len(ours) > 5
    # Members' own pages stand in no namespace.
    pages = {name for name in names(get_resolver()) if ":" in name and name.partition(":")[0] in ours}
    assert {name for name in pages if name.partition(":")[2] not in OF_A_VERSION} == set(PAGES)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_each_role_opens_what_is_its_own_and_nothing_else(client, places, role):
    worker = MemberFactory(is_staff=True)
    worker.groups.add(Group.objects.get(name=role))
    client.force_login(worker)
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    opened = {name for name in PAGES if not refused(client, name, places)}
    assert opened == {name for name, may in PAGES.items() if role in may}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role, ids=lambda role: role.name.lower())
def test_no_role_opens_the_list_of_users_which_masks_nothing(client, role):
    worker = MemberFactory(is_staff=True)
    worker.groups.add(Group.objects.get(name=role))
    client.force_login(worker)
    assert refused(client, "wagtailusers_users:index", {})


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "a member", "staff without a role"])
def test_whoever_has_no_role_opens_nothing(client, places, who):
    if who != "nobody":
        client.force_login(MemberFactory(is_staff=who != "a member"))
    assert [name for name in PAGES if not refused(client, name, places)] == []


@pytest.mark.django_db
def test_the_menu_leads_nowhere_that_one_may_not_go(client):
    worker = MemberFactory(is_staff=True)
    worker.groups.add(Group.objects.get(name=BENEFITS))
    client.force_login(worker)
    assert "/admin/notifications/" not in client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_roles_are_there_again_when_the_database_was_emptied():
    with pgtrigger.ignore():  # the ledger is never emptied otherwise
        call_command("flush", interactive=False, verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) >= set(Role.values)
    approver = MemberFactory()
    approver.groups.add(Group.objects.get(name=APPROVER))
    assert approver.has_perm("notifications.publish_template")
    assert approver.has_perm("wagtailadmin.access_admin")


@pytest.mark.django_db
def test_a_role_says_what_the_package_says_after_every_migration():
    analyst, own = Group.objects.get(name=ANALYST), Group.objects.create(name="Our own")
    extra = Group.objects.get(name=ADMINISTRATOR).permissions.get(codename="add_apikey")
    other = Group.objects.get(name=OPERATOR).permissions.get(codename="view_message")
    analyst.permissions.add(extra, other)
    own.permissions.add(extra)
    grant_permissions("members", {ANALYST: {"view_policychange"}})
    assert set(analyst.permissions.values_list("codename", flat=True)) == {
        "access_admin",
        "view_policychange",
        "view_message",  # another package's
        "view_eventtype",
        "view_template",
        "see_liability",
        *("view_reward", "view_voucherbatch", "view_redemption", "view_charityproject"),
        *SEE_BENEFITS,
        "view_earningrule",
        "view_rulechange",
        "view_earningcampaign",
        "simulate_rulechange",
        "simulate_tierterms",
    }
    assert own.permissions.get() == extra


@pytest.mark.django_db
def test_granting_again_writes_nothing():
    with connection.execute_wrapper(only_reading):
        grant_permissions("members", MAY)


def only_reading(execute, sql, params, many, context):
    assert not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, params, many, context)


@pytest.mark.django_db
def test_a_permission_that_does_not_exist_is_an_error():
    with pytest.raises(LookupError, match="fly"):
        grant_permissions("members", {ANALYST: {"fly"}})


@pytest.mark.parametrize("package", ["members", "points", "benefits", "notifications"])
def test_permissions_are_named_in_chinese_too(package):
    with translation.override("zh-hans"):
        english = [
            f"{model.__name__}: {name}"
            for model in apps.get_app_config(package).get_models()
            for _codename, name in model._meta.permissions
            if str(name).isascii()
        ]
    assert english == []
