"""Staff who read Chinese find no English on their pages: neither ours nor what Wagtail has no Chinese for."""

import re

import pytest
from django.utils.translation import get_language, override, trans_real

from members.models import Member
from portal.wagtail_words import WORDS
from tests.portal.test_roles import PAGES, POSTED, address_of
from tests.portal.test_roles import places as places

pytestmark = pytest.mark.django_db
#: Of Wagtail itself, besides those that the table of roles names.
WAGTAILS = (
    *("", "pages/", "pages/1/", "images/", "images/add/", "documents/", "documents/multiple/add/", "account/"),
    *("reports/site-history/", "reports/locked/", "users/", "groups/", "sites/"),
)
#: Where among its arguments a function of gettext's is given its texts.
ASKED = {"gettext": slice(0, 1), "pgettext": slice(1, 2), "ngettext": slice(0, 2), "npgettext": slice(1, 3)}
WORD = re.compile("[A-Za-z]{3}")


@pytest.fixture
def left_in_english(monkeypatch):
    """The texts that were asked for in Chinese, and came back as they are in the source."""
    found = set()

    def listen(name, texts):
        asked = getattr(trans_real, name)

        def answer(*args, **kwargs):
            said = asked(*args, **kwargs)
            if get_language() == "zh-hans" and said in map(str, args[texts]) and WORD.search(said):
                found.add(str(said))
            return said

        monkeypatch.setattr(trans_real, name, answer)
        monkeypatch.setattr(f"django.utils.translation._trans.{name}", answer)

    for name, texts in ASKED.items():
        listen(name, texts)
    return found


def test_no_page_of_the_staff_has_english_in_it(client, places, left_in_english):
    client.force_login(Member.objects.create_superuser("+8613900000099", "a good long password"))
    for name in PAGES:
        if name not in POSTED:
            client.get(address_of(name, places))
    for path in WAGTAILS:
        assert client.get(f"/admin/{path}").status_code == 200, path
    assert left_in_english == set()


def test_staff_log_in_at_a_door_of_the_house(client):
    page = client.get("/admin/login/").text
    assert "输入您的手机号" in page
    assert "Wagtail" not in re.search("<h1>.*</h1>", page, re.DOTALL)[0]
    assert "员工后台" in page
    assert "members/staff.css" in page
    refused = client.post("/admin/login/", {"username": "13900000099", "password": "wrong"}).text
    assert "手机号与密码不符" in refused


def test_the_check_hears_what_has_no_chinese(client, left_in_english, monkeypatch):
    client.force_login(Member.objects.create_superuser("+8613900000099", "a good long password"))
    monkeypatch.setitem(
        trans_real.translation("zh-hans")._catalog._catalogs[0], "Search all pages…", "Search all pages…"
    )
    client.get("/admin/")
    assert left_in_english == {"Search all pages…"}


def test_each_word_has_its_chinese():
    with override("zh-hans"):
        assert [text for text in map(str, WORDS) if text and trans_real.gettext(text) == text] == []
