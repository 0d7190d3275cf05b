"""The snapshot that the engine renders from: live texts only, always the newest, read when something changed."""

import pytest

from notifications.models import EventType, Template
from notifications.routes import Routes
from notifications.texts import Texts

pytestmark = pytest.mark.django_db
CODE = "benefit.used"


@pytest.fixture
def event_type():
    return EventType.objects.create(
        code=CODE, area="benefit", deadline="P1D", variables={"customer_name": "str", "used_on": "date"}
    )


def written(event_type, channel="app", language="zh-hans", body="您好{{customer_name}}"):
    """A draft."""
    template = Template(event_type=event_type, channel=channel, language=language, title="权益", body=body, live=False)
    template.full_clean()
    template.save()
    return template


def say(template, body):
    template.body = body
    return template.save_revision()


def test_a_draft_is_not_sent(event_type):
    template = written(event_type)
    say(template, "草稿")
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans") is None


def test_what_is_published_is_sent_at_once_and_names_its_version(event_type):
    template = written(event_type)
    revision = say(template, "{{customer_name}}，{{used_on}}")
    Texts.current(Routes.current())
    revision.publish()
    text = Texts.current(Routes.current()).find(CODE, "app", "zh-hans")
    assert text.revision_id == revision.pk
    assert text.render({"customer_name": "张三", "used_on": "2026-03-09"}) == ("权益", "张三，2026年3月9日")


def test_a_draft_over_a_live_text_is_not_sent(event_type):
    template = written(event_type)
    say(template, "一").publish()
    template.refresh_from_db()
    say(template, "二")
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans").body == "一"


def test_going_back_to_an_old_version_is_noticed(event_type):
    template = written(event_type)
    first = say(template, "一")
    first.publish()
    template.refresh_from_db()
    say(template, "二").publish()
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans").body == "二"
    first.publish()
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans").body == "一"


def test_a_withdrawn_text_is_not_sent(event_type):
    template = written(event_type)
    say(template, "一").publish()
    Texts.current(Routes.current())
    template.refresh_from_db()
    template.unpublish()
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans") is None


def test_who_has_no_text_in_english_reads_chinese(event_type):
    say(written(event_type), "一").publish()
    assert Texts.current(Routes.current()).find(CODE, "app", "en").language == "zh-hans"
    say(written(event_type, language="en"), "one").publish()
    assert Texts.current(Routes.current()).find(CODE, "app", "en").body == "one"
    assert Texts.current(Routes.current()).find(CODE, "wechat", "en") is None


def test_nothing_is_read_again_while_nothing_changes(event_type, django_assert_num_queries):
    say(written(event_type), "一").publish()
    before = Texts.current(Routes.current())
    with django_assert_num_queries(2):
        assert Texts.current(Routes.current()) is before


def test_an_unchanged_text_is_kept_over_a_reload(event_type):
    say(written(event_type), "一").publish()
    before = Texts.current(Routes.current()).find(CODE, "app", "zh-hans")
    say(written(event_type, channel="wechat"), "二").publish()
    assert Texts.current(Routes.current()).find(CODE, "app", "zh-hans") is before
