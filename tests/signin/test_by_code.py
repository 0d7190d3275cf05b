"""Signing up and in by phone and code: through the engine, in the database, and telling strangers nothing."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.actions import confirm_one_time_code as confirming
from members.actions.confirm_one_time_code import CodeSpent, WrongCode, confirm_one_time_code
from members.actions.issue_one_time_code import issue_one_time_code
from members.entrances import Entrance
from members.models import AccountEvent, AttemptWindow, Member, OneTimeCode
from members.origin import Origin
from members.phone import mask
from members.tasks import forget_sign_in_attempts
from tests.factories import MemberFactory

Purpose = OneTimeCode.Purpose
pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "+8613800000001"
NOBODY = "+8613800000009"


def ask(client, mobile, **data):
    return client.post("/sign-in", {"mobile": mobile, **data})


def test_alice_signs_in_with_the_code_that_arrived_on_her_phone(client, phone):
    alice = MemberFactory(mobile=ALICE)
    answer = ask(client, "138 0000 0001")
    assert (answer.status_code, answer.url) == (302, "/sign-in/code")
    code = phone(ALICE).code
    assert phone(ALICE).texts == [f"验证码{code}，用于办理登录，5分钟内有效。请勿告知任何人，包括我司工作人员。"]
    answer = client.post("/sign-in/code", {"code": code})
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert [(e.kind, e.entrance) for e in alice.account_events.all()] == [("signed_in", "web")]


def test_a_new_number_becomes_a_member_once_the_code_is_right(client, phone):
    ask(client, NOBODY)
    assert not Member.objects.exists()
    client.post("/sign-in/code", {"code": phone(NOBODY).code})
    member = Member.objects.get()
    assert member.mobile == NOBODY
    assert not member.has_usable_password()
    assert client.session["_auth_user_id"] == str(member.pk)
    kinds = AccountEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["registered", "signed_in"]
    assert any("欢迎" in text for text in phone(NOBODY).texts) or member.messages.exists()


def test_known_and_unknown_numbers_are_told_the_same(client, phone):
    MemberFactory(mobile=ALICE)
    pages = []
    for mobile in (ALICE, NOBODY):
        visitor = Client()
        answers = [
            ask(visitor, mobile),
            visitor.get("/sign-in/code"),
            visitor.post("/sign-in/code", {"code": "000000"}),
        ]
        assert len(phone(mobile).texts) == 1
        pages.append([(answer.status_code, plain(answer, mobile)) for answer in answers])
    assert pages[0] == pages[1]


def plain(answer, mobile):
    """A page without what differs between any two visits."""
    text = re.sub(r'value="\w{64}"|data-until="[^"]+"|\d\d:\d\d:\d\d|/showcase/phones/[0-9a-f-]+', "", answer.text)
    return text.replace(mask(mobile), "MASKED")


def test_the_work_done_for_a_number_does_not_depend_on_whether_it_is_known(client, phone):
    """Every statement is the same, so the time is."""
    MemberFactory(mobile=ALICE)
    said = []
    for mobile in ("+8613800000005", ALICE, NOBODY):  # the first one fills what is read once
        with CaptureQueriesContext(connection) as asked:
            ask(Client(), mobile)
        said.append([shape(query["sql"]) for query in asked])
    assert said[1] == said[2]


def shape(statement):
    """The verb and the table."""
    table = re.search(r'(?:INTO|FROM|UPDATE) "?(\w+)', statement)
    return statement.split()[0], table and table[1]


def test_five_wrong_guesses_use_a_code_up(client, phone):
    MemberFactory(mobile=ALICE)
    ask(client, ALICE)
    right = phone(ALICE).code
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for left in (4, 3, 2, 1):
        answer = client.post("/sign-in/code", {"code": wrong})
        assert f"还可以试 {left} 次" in answer.text
    assert "已经失效" in client.post("/sign-in/code", {"code": wrong}).text
    answer = client.post("/sign-in/code", {"code": right}, follow=True)
    assert answer.redirect_chain == [("/sign-in", 302)]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("counted", [True, False])
def test_a_hundred_guesses_at_once_are_no_more_than_five(phone, counted, monkeypatch):
    """Control: where the guess isn't counted by the statement that looks at it, all of them are heard."""
    code = issue_one_time_code(mobile=ALICE, purpose=Purpose.SIGN_IN, origin=Origin(Entrance.WEB))
    heard, start = [], Barrier(10)

    def guess(number):
        start.wait()
        for digits in range(number * 10, number * 10 + 10):
            try:
                confirm_one_time_code(pk=code.pk, digits=f"x{digits:05}", purpose=Purpose.SIGN_IN)
            except WrongCode:
                heard.append(digits)
            except CodeSpent:
                pass
        connection.close()

    if not counted:
        monkeypatch.setattr(confirming, "GUESS", confirming.GUESS.replace("guesses + 1", "guesses"))
    with ThreadPoolExecutor(10) as guessers:
        list(guessers.map(guess, range(10)))
    assert len(heard) == (5 if counted else 100)


def test_a_code_opens_once_and_only_for_whoever_asked_for_it(client, phone):
    MemberFactory(mobile=ALICE)
    ask(client, ALICE)
    code = phone(ALICE).code
    stranger = Client()
    assert stranger.post("/sign-in/code", {"code": code}).url == "/sign-in"
    client.post("/sign-in/code", {"code": code})
    with pytest.raises(CodeSpent):
        confirm_one_time_code(pk=OneTimeCode.objects.get().pk, digits=code, purpose=Purpose.SIGN_IN)


def test_a_code_is_good_for_five_minutes(client, phone):
    ask(client, ALICE)
    code = phone(ALICE).code
    OneTimeCode.objects.update(expires_at=timezone.now())
    answer = client.post("/sign-in/code", {"code": code}, follow=True)
    assert "已经失效" in answer.text
    assert not Member.objects.exists()


def test_another_code_waits_a_minute_whoever_asks(client, phone):
    ask(client, ALICE)
    other = Client()
    assert "以后可以再发一次" in ask(other, ALICE).text
    assert "以后可以再发一次" in client.post("/sign-in/code/again", follow=True).text
    assert len(phone(ALICE).texts) == 1
    # Whoever goes back and sends the same number again is led to the code that they have.
    assert ask(client, ALICE).url == "/sign-in/code"


def test_a_code_that_was_sent_can_be_entered_however_one_comes_back(client, phone):
    assert "/sign-in/code" not in client.get("/sign-in").text
    ask(client, ALICE)
    page = client.get("/sign-in").text
    assert 'href="/sign-in/code"' in page
    assert "138****0001" in page
    client.post("/sign-in", {"mobile": NOBODY})
    assert "/sign-in/code" not in Client().post("/sign-in", {"mobile": NOBODY}).text  # nor in another browser
    OneTimeCode.objects.update(expires_at=timezone.now())
    assert 'href="/sign-in/code"' not in client.get("/sign-in").text


def test_the_fault_of_the_only_field_is_said_once(client, db):
    page = ask(client, "1").text
    assert page.count("这不是手机号") == 1
    assert "autofocus" in page


def test_whoever_has_signed_in_is_welcome(client, phone):
    MemberFactory(mobile=ALICE, agrees=True)
    ask(client, ALICE)
    assert "欢迎，您已登录。" in client.post("/sign-in/code", {"code": phone(ALICE).code}, follow=True).text


def test_a_new_code_replaces_the_one_before(client, phone, settings):
    ask(client, ALICE)
    first = phone(ALICE).code
    OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(seconds=61))
    client.post("/sign-in/code/again")
    second = phone(ALICE).code
    if first != second:
        client.post("/sign-in/code", {"code": first})
        assert "_auth_user_id" not in client.session
    client.post("/sign-in/code", {"code": second})
    assert "_auth_user_id" in client.session


def test_a_number_gets_five_codes_an_hour(phone):
    for _ in range(5):
        assert ask(Client(), ALICE).status_code == 302
        OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(seconds=61))
    answer = ask(Client(), ALICE)
    assert "次数太多" in answer.text
    assert len(phone(ALICE).texts) == 5


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("021-5888 1234", "固定电话"),
        ("400-820-8820", "固定电话"),
        ("91234567", "国家或地区代码"),
        ("1381234567", "没有这个手机号码"),
        ("hello", "11位数字"),
        ("", "请输入您的手机号码"),
    ],
)
def test_a_number_that_no_text_reaches_is_refused_at_the_field(client, db, typed, told):
    answer = ask(client, typed)
    assert told in answer.text
    assert f'value="{typed}"' in answer.text or not typed
    assert not OneTimeCode.objects.exists()


def test_a_number_of_hong_kong_in_full_is_taken(client, phone):
    ask(client, "00852 9123 4567")
    assert len(phone("+85291234567").texts) == 1


def test_neither_code_nor_number_lies_in_the_session_or_the_table(client, phone):
    ask(client, ALICE)
    code = phone(ALICE).code
    stored = repr(dict(client.session)) + repr(OneTimeCode.objects.values("digest", "mobile_index"))
    assert code not in stored
    assert "13800000001" not in stored


def test_a_visitor_is_led_back_to_where_they_were_going_but_not_to_strangers(client, phone):
    ask(client, ALICE, next="/showcase/")
    assert client.post("/sign-in/code", {"code": phone(ALICE).code}).url == "/showcase/"
    other = Client()
    ask(other, NOBODY, next="https://evil.example/")
    assert other.post("/sign-in/code", {"code": phone(NOBODY).code}).url == "/"


def test_an_account_that_is_closed_says_so_only_after_the_code(client, phone):
    MemberFactory(mobile=ALICE, is_active=False)
    assert ask(client, ALICE).url == "/sign-in/code"
    answer = client.post("/sign-in/code", {"code": phone(ALICE).code}, follow=True)
    assert "_auth_user_id" not in client.session
    assert answer.status_code == 200


def test_codes_and_counted_attempts_are_forgotten_after_two_days(client, phone):
    ask(client, ALICE)
    forget_sign_in_attempts()
    assert (OneTimeCode.objects.count(), AttemptWindow.objects.count()) == (1, 3)
    OneTimeCode.objects.update(issued_at=timezone.now() - timedelta(days=2, seconds=1))
    AttemptWindow.objects.update(began_at=timezone.now() - timedelta(days=2, seconds=1))
    forget_sign_in_attempts()
    forget_sign_in_attempts()
    assert (OneTimeCode.objects.count(), AttemptWindow.objects.count()) == (0, 0)
