"""Loading the catalogue: everything once, nothing twice, and never over what staff have written."""

import pytest
from django.core.management import call_command
from django.db import transaction
from wagtail.models import ModelLogEntry, Revision

from members.catalogue import event_specs
from notifications.actions.load_catalogue import load_catalogue
from notifications.models import EventType, Template
from notifications.routes import Routes
from notifications.shipped_texts import ShippedText
from notifications.texts import Texts
from tests.notifications.sample_texts import write_texts

LAPSED = "renewal.lapsed"
OTP = "verification.otp"


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker, tmp_path_factory):
    """A first load takes seconds, so the tests share one, each in a transaction of its own inside this one."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_catalogue(folder=write_texts(tmp_path_factory.mktemp("texts")))
        transaction.set_rollback(True)


@pytest.fixture
def loaded(loaded_once, db):
    return loaded_once


@pytest.fixture
def folder(loaded, tmp_path):
    """What the load was made from."""
    return write_texts(tmp_path)


def lapsed_in_app():
    return Template.objects.get(event_type=LAPSED, channel="app", language="zh-hans")


def test_every_event_type_has_a_live_text_on_every_channel_of_its_route_in_both_languages(loaded):
    assert (EventType.objects.filter(platform=False).count(), EventType.objects.filter(platform=True).count()) == (
        152,
        47,
    )
    wanted = {
        (event_type.code, "letter" if channel == "eletter" else channel, language)
        for event_type in EventType.objects.all()
        for channel in event_type.channels
        for language in ("zh-hans", "en")
    }
    assert loaded.templates_created == len(wanted)
    assert set(Texts.current(Routes.current()).by_key) == wanted


def test_a_route_is_the_catalogues(loaded):
    lapsed, otp = EventType.objects.get(pk=LAPSED), EventType.objects.get(pk=OTP)
    spec = event_specs()[LAPSED]
    assert lapsed.channels == list(spec.channels)
    assert lapsed.recipients == list(spec.recipients)
    assert (lapsed.letter_required, lapsed.mandatory, lapsed.deadline) == (True, True, spec.deadline)
    assert lapsed.variables == spec.variables
    assert otp.urgent


def test_a_platform_event_tells_the_member_or_nobody(loaded):
    redeemed = EventType.objects.get(pk="points.redeemed")
    steps = EventType.objects.get(pk="health.steps_goal_met")
    assert (redeemed.recipients, redeemed.channels) == (["member"], ["app", "wechat", "sms"])
    assert redeemed.variables == {"customer_name": "str"}
    assert (steps.recipients, steps.channels) == ([], [])
    assert steps.variables == {"customer_no": "str", "steps": "int"}


def test_loading_again_changes_nothing(folder):
    before = list(Template.objects.order_by("pk").values()), list(EventType.objects.values())
    loaded = load_catalogue(folder=folder)
    assert (list(Template.objects.order_by("pk").values()), list(EventType.objects.values())) == before
    assert vars(loaded) == {
        "event_types_created": 0,
        "event_types_updated": 0,
        "templates_created": 0,
        "templates_updated": 0,
        "differences": [],
    }
    assert Revision.objects.for_instance(lapsed_in_app()).count() == 1


def test_each_text_has_a_version_and_a_line_of_history(loaded):
    text = lapsed_in_app()
    assert text.live_revision == text.latest_revision
    assert text.live_revision.as_object().body == text.body
    assert ModelLogEntry.objects.for_instance(text).get().revision == text.live_revision


def test_a_newly_shipped_text_replaces_the_old_one_and_is_live(folder):
    old = lapsed_in_app()
    new_body = "{{policy_no}} {{lapse_date}} {{reinstate_end}}"
    write_texts(folder, changed={LAPSED: {"short": new_body}})
    Texts.current(Routes.current())
    loaded = load_catalogue(folder=folder)
    assert loaded.templates_updated == 2  # WeChat and inbox
    assert lapsed_in_app().body == new_body
    live = Texts.current(Routes.current()).find(LAPSED, "app", "zh-hans")
    assert (live.body, live.revision_id) == (new_body, lapsed_in_app().live_revision_id)
    assert live.revision_id > old.live_revision_id


def edit(template, body, *, publish):
    template.body = body
    revision = template.save_revision()
    if publish:
        revision.publish()


@pytest.mark.parametrize("publish", [True, False])
def test_a_text_that_staff_changed_or_drafted_stays(folder, publish):
    shipped = lapsed_in_app().body
    edit(lapsed_in_app(), "Ours: " + shipped, publish=publish)
    loaded = load_catalogue(folder=folder)
    assert loaded.differences == [f"{LAPSED} app zh-hans: the text was changed here, or is not live"]
    write_texts(folder, changed={LAPSED: {"short": "New " + shipped}})
    loaded = load_catalogue(folder=folder)
    text = lapsed_in_app()
    assert text.body == ("Ours: " + shipped if publish else shipped)
    assert text.get_latest_revision_as_object().body == "Ours: " + shipped
    assert loaded.differences == [f"{LAPSED} app zh-hans: the text was changed here, and what is shipped changed too"]
    assert loaded.templates_updated == 1  # WeChat, which nobody touched


def test_a_text_that_staff_withdrew_stays_withdrawn(folder):
    lapsed_in_app().unpublish()
    load_catalogue(folder=folder)
    assert not lapsed_in_app().live
    assert Texts.current(Routes.current()).find(LAPSED, "app", "zh-hans") is None


def test_publishing_an_old_version_does_not_bring_back_what_was_shipped_then(folder):
    first = lapsed_in_app()
    write_texts(folder, changed={LAPSED: {"short": "New " + first.body}})
    load_catalogue(folder=folder)
    first.live_revision.publish()
    text = lapsed_in_app()
    assert text.body == first.body
    assert text.shipped_digest == ShippedText(text.title, "New " + first.body).digest
    assert len(load_catalogue(folder=folder).differences) == 1


def test_a_route_that_staff_changed_stays_field_by_field(folder):
    EventType.objects.filter(pk=LAPSED).update(channels=["app"], deadline="P9D", shipped={"deadline": "P9D"})
    loaded = load_catalogue(folder=folder)
    lapsed = EventType.objects.get(pk=LAPSED)
    assert lapsed.channels == ["app"]
    assert lapsed.deadline == event_specs()[LAPSED].deadline  # as shipped before, so it follows
    assert loaded.differences == [
        f"{LAPSED} channels: set to ['app'], shipped {list(event_specs()[LAPSED].channels)!r}"
    ]
    assert loaded.event_types_updated == 1


def test_the_command_ends_with_a_summary(capsys, folder):
    call_command("load_catalogue", texts=folder)
    EventType.objects.filter(pk=LAPSED).update(mandatory=False)
    call_command("load_catalogue", texts=folder)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "event types created=0 updated=0, templates created=0 updated=0, kept=0",
        "earning rules created=24 updated=0, kept=0",
        "rewards created=17 updated=0, kept=0",
        "rules of VIP tiers created=1 updated=0, kept=0",
        "benefits created=48 updated=0, kept=0",
        f"kept: {LAPSED} mandatory: set to False, shipped True",
        "event types created=0 updated=0, templates created=0 updated=0, kept=1",
        "earning rules created=0 updated=0, kept=0",
        "rewards created=0 updated=0, kept=0",
        "rules of VIP tiers created=0 updated=0, kept=0",
        "benefits created=0 updated=0, kept=0",
    ]
