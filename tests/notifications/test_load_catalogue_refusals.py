"""Default texts that can't be loaded: everything that is wrong is named at once, and nothing is stored."""

import pytest
from django.core.management import CommandError, call_command

from notifications.actions.load_catalogue import FaultyTexts, load_catalogue
from notifications.models import EventType
from notifications.shipped_texts import MissingTexts
from tests.notifications.sample_texts import write_texts

pytestmark = pytest.mark.django_db
LAPSED = "renewal.lapsed"


def test_missing_texts_are_all_named_and_nothing_is_stored(tmp_path):
    write_texts(tmp_path, leave_out={LAPSED, "points.redeemed"})
    with pytest.raises(MissingTexts) as refused:
        load_catalogue(folder=tmp_path)
    assert f"{LAPSED} letter zh-hans" in refused.value.missing
    assert "points.redeemed sms en" in refused.value.missing
    assert {name.split()[0] for name in refused.value.missing} == {LAPSED, "points.redeemed"}
    assert not EventType.objects.exists()


def test_faulty_texts_are_all_named_and_nothing_is_stored(tmp_path):
    write_texts(tmp_path, changed={LAPSED: {"short": "{{ nobody }"}, "points.redeemed": {"sms": "see www.bad.example"}})
    with pytest.raises(FaultyTexts) as refused:
        load_catalogue(folder=tmp_path)
    assert {fault.split(":")[0] for fault in refused.value.faults} == {
        f"{LAPSED} app zh-hans body",
        f"{LAPSED} wechat zh-hans body",
        "points.redeemed sms zh-hans body",
    }
    assert not EventType.objects.exists()


def test_the_command_fails_plainly(tmp_path):
    write_texts(tmp_path, leave_out={LAPSED})
    with pytest.raises(CommandError, match=r"no default text for renewal\.lapsed"):
        call_command("load_catalogue", texts=tmp_path)
