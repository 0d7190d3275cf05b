"""The staff's pages for texts and routes: what may be done, by whom, and what is said when it may not."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext_lazy

from members.catalogue import event_specs
from notifications.actions.load_catalogue import route_of
from notifications.deadlines import in_words
from notifications.models import EventType, Template
from notifications.routes import Routes
from notifications.staff.deadline_field import DeadlineWidget
from notifications.texts import Texts
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
CODE = "renewal.debit_failed"
VARIABLES = {"policy_no": "str", "customer_name": "str", "premium": "money", "reason": "str", "grace_end": "date"}
ALL = "{{policy_no}} {{premium}} {{reason}} {{grace_end}}"
ONE_SMS = ngettext_lazy("%(segments)s SMS", "%(segments)s SMS", "segments") % {"segments": 1}
LIST = "wagtailsnippets_notifications_template:list"
EDIT = "wagtailsnippets_notifications_template:edit"


@pytest.fixture(autouse=True)
def english(client, settings):
    settings.LANGUAGE_CODE = "en"
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English")]
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    with translation.override("en"):
        yield


@pytest.fixture
def event_type():
    event_type = EventType.objects.create(
        code=CODE,
        area="renewal",
        name_zh="续期扣款失败",
        name_en="Renewal debit failed",
        recipients=["policyholder"],
        channels=["sms", "app"],
        deadline="PT4H",
        variables=VARIABLES,
        shipped={"channels": ["sms", "app"], "deadline": "PT4H", "recipients": ["policyholder"]},
    )
    for channel in ("sms", "app", "letter", "wechat"):
        template = Template(
            event_type=event_type,
            channel=channel,
            language="zh-hans",
            title="" if channel == "sms" else "扣款失败",
            body=ALL,
            figures=["premium", "grace_end"] if channel == "letter" else [],
            live=False,
        )
        template.full_clean()
        template.save()
        if channel != "wechat":
            template.save_revision().publish()
    return event_type


@pytest.fixture
def text(event_type):
    return Template.objects.get(channel="app")


@pytest.fixture
def sms(event_type):
    return Template.objects.get(channel="sms")


@pytest.fixture
def editor(client):
    client.force_login(MemberFactory(is_staff=True, is_superuser=True))
    return client


def save(editor, template, **data):
    if template.channel != "sms":
        data = {"title": "扣款失败", **data}
    return editor.post(reverse(EDIT, args=[template.pk]), {"body": ALL, **data})


def error_of(response, field):
    return response.context["form"].errors[field]


def test_the_list_names_each_text_and_asks_the_database_the_same_for_few_and_many(
    editor, event_type, django_assert_max_num_queries
):
    with django_assert_max_num_queries(25):
        page = editor.get(reverse(LIST)).content.decode()
    assert page.count("Renewal debit failed") >= 4
    assert CODE in page


@pytest.mark.parametrize(
    ("query", "channels"),
    [
        ("channel=sms", {"sms"}),
        ("live=false", {"wechat"}),
        ("area=renewal", {"sms", "app", "letter", "wechat"}),
        ("area=claims", set()),
        (f"event_type={CODE}&language=zh-hans&channel=app", {"app"}),
        ("q=扣款失败", {"app", "letter", "wechat", "sms"}),
        ("q=nothing", set()),
    ],
)
def test_the_list_is_filtered_and_searched(editor, event_type, query, channels):
    response = editor.get(reverse(LIST) + "?" + query)
    assert {template.channel for template in response.context["object_list"]} == channels


def test_the_editor_tells_what_may_be_named(editor, text):
    page = editor.get(reverse(EDIT, args=[text.pk])).content.decode()
    assert 'data-variable="grace_end"' in page
    assert "2026年5月9日" in page


def test_a_draft_is_saved_and_not_sent(editor, text):
    response = save(editor, text, body="草稿 " + ALL)
    assert response.status_code == 302
    text.refresh_from_db()
    assert text.get_latest_revision_as_object().body == "草稿 " + ALL
    assert text.body == ALL
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans").body == ALL


def test_publishing_sends_the_new_text(editor, text):
    response = save(editor, text, **{"body": "新 " + ALL, "action-publish": "1"})
    assert response.status_code == 302
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans").body == "新 " + ALL


@pytest.mark.parametrize(
    ("channel", "data", "field", "message"),
    [
        ("app", {"body": ALL + "{{ x"}, "body", "Line 1: “{{” has no closing “}}”."),
        ("app", {"body": ALL, "title": "{{nobody}}"}, "title", "“nobody” is no variable of this event. It has: "),
        ("app", {"body": "{{policy_no}}"}, "body", "“grace_end” is missing: every text of this event must say it."),
        ("letter", {"figures": "premium, due"}, "figures", "“due” is no variable of this event. It has: "),
        ("sms", {"body": ALL + " www.x.example"}, "body", "An SMS must not hold a link"),
    ],
)
def test_a_bad_text_is_refused_at_its_field_and_nothing_is_saved(editor, event_type, channel, data, field, message):
    template = Template.objects.get(channel=channel)
    response = save(editor, template, **data)
    assert response.status_code == 200
    assert error_of(response, field)[0].startswith(message)
    assert template.revisions.count() == 1


def test_a_letters_table_keeps_its_order(editor, event_type):
    letter = Template.objects.get(channel="letter")
    save(editor, letter, figures="grace_end, premium", what_to_do="一\n\n二", **{"action-publish": "1"})
    letter.refresh_from_db()
    assert (letter.figures, letter.what_to_do) == (["grace_end", "premium"], "一\n\n二")


def test_a_text_stays_that_of_its_event_and_channel(editor, text):
    save(editor, text, channel="wechat", language="en", **{"action-publish": "1"})
    text.refresh_from_db()
    assert (text.channel, text.language) == ("app", "zh-hans")


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        ("sms", ["【榕树人寿】P", "2026-05-09", ONE_SMS, "UCS-2"]),
        ("app", ["扣款失败", "2026年5月9日"]),
        ("wechat", ["扣款失败", "6,800.00"]),
        ("letter", ["尊敬的王女士", "6,800.00元"]),
    ],
)
def test_the_preview_shows_what_is_being_typed_as_the_channel_shows_it(editor, event_type, channel, shown):
    template = Template.objects.get(channel=channel)
    address = reverse("wagtailsnippets_notifications_template:preview_on_edit", args=[template.pk])
    data = {"body": "P" + ALL, "figures": "premium" if channel == "letter" else ""}
    if channel != "sms":
        data["title"] = "扣款失败"
    assert editor.post(address, data).json() == {"is_valid": True, "is_available": True}
    page = editor.get(address).content.decode()
    with translation.override(template.language):
        assert [part for part in map(str, shown) if part not in page] == []


def test_list_and_page_are_in_the_readers_language(editor, text):
    with translation.override("zh-hans"):
        text.save_revision()
    page = editor.get(reverse(LIST)).content.decode()
    assert re.findall("状态|已更新", page) == []
    page = editor.get(reverse(EDIT, args=[text.pk])).content.decode()
    title = re.search(r"<title>\s*(.*?)\s*</title>", page, re.S)[1]
    assert title.startswith("Editing: Renewal debit failed · app inbox")


def test_a_text_is_withdrawn_and_never_deleted(editor, text):
    assert editor.post(reverse("wagtailsnippets_notifications_template:delete", args=[text.pk])).status_code == 302
    assert Template.objects.filter(pk=text.pk).exists()
    editor.post(reverse("wagtailsnippets_notifications_template:unpublish", args=[text.pk]))
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans") is None


def route(**data):
    """The form of the route as the browser sends it."""
    lists = {"recipients": ["policyholder"], "channels": ["sms", "app"]} | {
        name: data.pop(name) for name in ("recipients", "channels") if name in data
    }
    places = {
        f"{name}_{place}": value
        for name, values in lists.items()
        for place, value in enumerate([*values, *[""] * 6][: 5 if name == "channels" else 6])
    }
    return {
        "enabled": "on",
        "priority": "2",
        "deadline_0": "4",
        "deadline_1": "PT{}H",
        "day_count": "calendar",
        "receipt_wait_minutes": "60",
        **places,
        **data,
    }


def save_route(editor, **data):
    return editor.post(reverse("notification_event_types:edit", args=[CODE.replace("_", "_5F")]), route(**data))


def test_a_route_is_set(editor, event_type):
    response = save_route(
        editor,
        channels=["app", "", "letter", "sms"],
        letter_required="on",
        deadline_0="5",
        deadline_1="P{}D",
        day_count="working",
    )
    assert response.status_code == 302
    event_type.refresh_from_db()
    assert event_type.channels == ["app", "letter", "sms"]
    assert (event_type.letter_required, event_type.deadline, event_type.day_count) == (True, "P5D", "working")
    assert event_type.shipped["deadline"] == "PT4H"


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"deadline_0": "two"}, "deadline", "Enter a whole number."),
        ({"deadline_0": "0"}, "deadline", "Ensure this value is greater than or equal to 1."),
        ({"deadline_0": ""}, "deadline", "This field is required."),
        ({"channels": ["sms", "sms"]}, "channels", "Choose each only once."),
        ({"channels": ["wechat", "sms"]}, "channels", "No Chinese text is live for: WeChat. Write it first."),
        ({"letter_required": "on"}, "letter_required", "Then the channels must name a letter, electronic or on paper."),
        ({"recipients": []}, "recipients", "Recipients and channels belong together: fill in both or neither."),
    ],
)
def test_a_route_on_which_messages_would_get_stuck_is_refused(editor, event_type, data, field, message):
    response = save_route(editor, **data)
    assert response.status_code == 200
    assert error_of(response, field) == [message]
    event_type.refresh_from_db()
    assert (event_type.channels, event_type.deadline) == (["sms", "app"], "PT4H")


@pytest.mark.parametrize("deadline", ["two days", "PT0S", "-P1D", "P99999Y"])
def test_what_is_no_deadline_is_refused(event_type, deadline):
    event_type.deadline = deadline
    assert event_type.deadline_faults() == ["Write a duration such as PT30M, PT4H, P5D or P1M."]


@pytest.mark.parametrize(
    ("deadline", "day_count", "words"),
    [
        ("P1D", "calendar", "1 day"),
        ("P1D", "working", "1 working day"),
        ("P10D", "working", "10 working days"),
        ("PT5M", "calendar", "5 minutes"),
        ("PT24H", "calendar", "1 day"),
        ("P1DT12H", "calendar", "1 day 12 hours"),
        ("soon", "calendar", "soon"),
    ],
)
def test_a_deadline_is_said_in_words(deadline, day_count, words):
    assert in_words(deadline, day_count) == words


def test_every_shipped_deadline_can_be_set_on_the_page():
    widget = DeadlineWidget()
    for spec in event_specs().values():
        number, unit = widget.decompress(route_of(spec)["deadline"])
        assert unit.format(number) == route_of(spec)["deadline"], spec.code


def test_a_changed_route_is_shown_and_returned_to_what_was_shipped(editor, event_type):
    save_route(editor, channels=["app", "sms"], deadline_0="5", deadline_1="P{}D")
    page = editor.get(reverse("notification_event_types:edit", args=[CODE.replace("_", "_5F")])).content.decode()
    assert "SMS → app inbox" in page
    assert "app inbox → SMS" in page
    assert "<td>5 days</td>" in page and "<td>4 hours</td>" in page
    editor.post(reverse("notification_event_types:restore", args=[CODE]))
    event_type.refresh_from_db()
    assert (event_type.channels, event_type.deadline, event_type.differences) == (["sms", "app"], "PT4H", {})


def test_every_type_that_is_shipped_without_a_route_can_be_returned_to_having_none(editor):
    routes = {spec.code: route_of(spec) for spec in event_specs().values() if not route_of(spec)["channels"]}
    assert routes
    for code, route in routes.items():
        EventType.objects.create(code=code, area="other", name_zh="步行", name_en="Steps", shipped=route, **route)
    # Set without a save of the form, as a faulty route of an earlier version would stand there.
    EventType.objects.update(deadline="P9D", priority=0)
    for code, route in routes.items():
        editor.post(reverse("notification_event_types:restore", args=[code]))
        restored = EventType.objects.get(pk=code)
        assert (restored.differences, restored.channels, restored.recipients) == ({}, [], []), code
        assert restored.deadline == route["deadline"]


def test_event_types_are_neither_added_nor_deleted(editor, event_type):
    editor.post(reverse("notification_event_types:add"), route(code="x.y"))
    editor.post(reverse("notification_event_types:delete", args=[CODE.replace("_", "_5F")]))
    assert list(EventType.objects.values_list("pk", flat=True)) == [CODE]


def test_event_types_are_listed_and_filtered_by_channel(editor, event_type):
    address = reverse("notification_event_types:index")
    assert CODE in editor.get(address + "?channel=app").content.decode()
    assert CODE not in editor.get(address + "?channel=letter").content.decode()


PAGES = [LIST, "notification_event_types:index"]


@pytest.mark.parametrize("name", PAGES)
def test_strangers_are_sent_to_log_in(client, event_type, name):
    response = client.get(reverse(name))
    assert (response.status_code, "/login/" in response["Location"]) == (302, True)


def test_staff_without_the_permission_change_nothing(client, event_type, text):
    reader = MemberFactory(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(reader)
    assert client.get(reverse(LIST)).status_code == 302
    save(client, text, **{"body": "bad " + ALL, "action-publish": "1"})
    save_route(client, deadline="P5D")
    EventType.objects.update(deadline="P9D")
    client.post(reverse("notification_event_types:restore", args=[CODE]))
    text.refresh_from_db()
    event_type.refresh_from_db()
    assert (text.body, event_type.deadline) == (ALL, "P9D")
