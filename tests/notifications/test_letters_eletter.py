import re
import socket
import stat
import threading
from dataclasses import replace

import pytest
from django.utils import timezone

from notifications.channels import Result, eletter, put_off
from notifications.channels.eletter import SmtpMail, backend
from notifications.models import Attempt, EventType, Letter, Message, ProviderState, Template
from tests.factories import PolicyEventFactory
from tests.notifications.letter_samples import ENGLISH, LETTER, archive_in, claimed, outgoing
from tests.notifications.mail_server import MailServer

Outcome = Attempt.Outcome


@pytest.fixture
def revision(premium_due):
    return Template.objects.get(channel="letter").live_revision_id


@pytest.fixture
def server(tmp_path, settings):
    server = MailServer(tmp_path / "mail")
    archive_in(settings, tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.DEFAULT_FROM_EMAIL = "service@banyan.example"
    yield server
    server.stop()


def to(revision, *addresses, letter=LETTER):
    """A batch as it was claimed, in the database and in the channel's hands."""
    event, event_type = PolicyEventFactory(), EventType.objects.get()
    batch = [
        outgoing(revision, key=str(place), recipient=f"c{place}", address=address, letter=letter)
        for place, address in enumerate(addresses, start=1)
    ]
    for message in batch:
        claimed(event_type, event, key=message.key, recipient=message.recipient)
    return batch


def test_an_e_letter_arrives_with_the_signed_pdf_and_the_whole_text(server, revision):
    [result] = SmtpMail().send(to(revision, "wang@example.com"))
    assert result == Result("1", Outcome.ACCEPTED, reference="<letter-1@banyan.example>")
    [mail] = server.received("wang@example.com")
    assert mail.subject == "续期保险费自动转账未成功通知"
    assert mail.key == "1"
    assert mail.message_id == "<letter-1@banyan.example>"
    assert mail.sender == "榕树人寿 <service@banyan.example>"
    [attachment] = mail.attachments
    assert (attachment.name, attachment.media_type) == ("BL-20261120-000123.pdf", "application/pdf")
    with Letter.objects.get().document.open() as file:
        assert attachment.content == file.read()
    said = [LETTER.title, LETTER.salutation, *LETTER.paragraphs, *LETTER.what_to_do, LETTER.reference]
    said += [text for figure in LETTER.figures for text in figure]
    assert [text for text in said if text not in mail.text] == []
    assert [text for text in said if text not in mail.html] == []


def test_an_english_letter_is_english_throughout(server, revision):
    SmtpMail().send(to(revision, "wang@example.com", letter=ENGLISH))
    [mail] = server.received("wang@example.com")
    assert mail.sender == "Banyan Life <service@banyan.example>"
    for words in ("20 November 2026", "What you need to do", "Yours sincerely,", "Premium due: CNY 6,800.00"):
        assert words in mail.text
    assert not re.search("[\u4e00-\u9fff]", mail.text.replace("".join(ENGLISH.postal_lines), ""))


def test_markup_in_a_value_is_only_text_in_the_e_mail(server, revision):
    SmtpMail().send(to(revision, "wang@example.com", letter=replace(LETTER, salutation="<script>x</script>")))
    [mail] = server.received("wang@example.com")
    assert "&lt;script&gt;x&lt;/script&gt;" in mail.html
    assert "<script>" not in mail.html


def test_one_connection_carries_a_batch_and_each_message_has_its_own_answer(server, revision):
    batch = to(revision, "bounce@example.com", "wang@example.com", "later@example.com", "li@example.com")
    assert SmtpMail().send(batch) == [
        Result("1", Outcome.PERMANENT, detail="RCPT 550 5.1.1"),
        Result("2", Outcome.ACCEPTED, reference="<letter-2@banyan.example>"),
        Result("3", Outcome.TEMPORARY, detail="RCPT 451 4.7.1"),
        Result("4", Outcome.ACCEPTED, reference="<letter-4@banyan.example>"),
    ]
    assert [len(server.received(f"{name}@example.com")) for name in ("bounce", "wang", "later", "li")] == [0, 1, 0, 1]


def test_a_connection_lost_after_the_text_is_uncertain_and_the_rest_is_for_later(server, revision):
    batch = to(revision, "wang@example.com", "lost@example.com", "li@example.com")
    assert SmtpMail().send(batch) == [
        Result("1", Outcome.ACCEPTED, reference="<letter-1@banyan.example>"),
        Result("2", Outcome.UNCERTAIN, detail="connection lost after DATA: SMTPServerDisconnected"),
        Result("3", Outcome.TEMPORARY, detail="no connection: SMTPServerDisconnected"),
    ]
    assert server.received("li@example.com") == []


def test_a_server_that_hangs_up_before_the_text_has_not_taken_it(settings, server, revision):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.EMAIL_PORT = listener.getsockname()[1]

        def greet_and_go():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"220 hello\r\n")
                connection.recv(1000)
                connection.sendall(b"250 hello\r\n")
                connection.recv(1000)  # MAIL FROM

        thread = threading.Thread(target=greet_and_go)
        thread.start()
        results = SmtpMail().send(to(revision, "wang@example.com"))
        thread.join()
    assert results == [Result("1", Outcome.TEMPORARY, detail="no connection: SMTPServerDisconnected")]


def test_no_server_is_a_failure_for_now(server, revision):
    server.stop()
    assert SmtpMail().send(to(revision, "wang@example.com", "li@example.com")) == [
        Result("1", Outcome.TEMPORARY, detail="no connection: ConnectionRefusedError"),
        Result("2", Outcome.TEMPORARY, detail="no connection: ConnectionRefusedError"),
    ]


def test_what_a_slow_server_leaves_undone_counts_no_attempt_and_no_failure(server, revision, monkeypatch):
    monkeypatch.setattr(eletter, "TURN_S", -1.0)  # over when the letters are made
    assert backend().send(to(revision, "wang@example.com", "li@example.com")) == [put_off("1"), put_off("2")]
    assert server.received("wang@example.com") == []
    assert ProviderState.objects.get(name="smtp").failures == 0


def test_a_letter_without_glyphs_is_refused_for_good_by_code_point(server, revision):
    batch = [
        *to(revision, "wang@example.com"),
        outgoing(revision, key="2", recipient="c2", letter=replace(LETTER, addressee="𠮷")),
    ]
    assert {result.key: result for result in SmtpMail().send(batch)} == {
        "1": Result("1", Outcome.ACCEPTED, reference="<letter-1@banyan.example>"),
        "2": Result("2", Outcome.PERMANENT, detail="no glyph for U+20BB7"),
    }


@pytest.mark.parametrize("address", ["", "nobody", "wang@example.com\nBcc: all@example.com", "@"])
def test_an_address_that_is_none_is_refused_for_good(server, revision, address):
    [result] = SmtpMail().send(to(revision, address))
    assert result.outcome == Outcome.PERMANENT
    assert "example" not in result.detail


def test_smtp_cannot_tell_what_it_accepted_but_our_notes_can(server, revision):
    SmtpMail().send(to(revision, "wang@example.com", "lost@example.com", "li@example.com"))
    assert SmtpMail().look_up(["1", "2", "3"]) == {
        "1": Result("1", Outcome.ACCEPTED, reference="<letter-1@banyan.example>"),
        "2": None,
    }


@pytest.mark.parametrize(
    "moved_on",
    [{"lease_until": timezone.now()}, {"attempts": 2}, {"state": "uncertain", "reason": "lost"}],
    ids=["lease over", "claimed by another", "settled"],
)
def test_a_worker_whose_claim_is_over_mails_nothing(server, revision, moved_on):
    batch = to(revision, "wang@example.com")
    Message.objects.update(**moved_on)
    assert SmtpMail().send(batch) == [put_off("1")]
    assert server.received("wang@example.com") == []


def test_the_breaker_learns_that_the_server_is_down(server, revision):
    server.stop()
    backend().send(to(revision, "wang@example.com"))
    assert ProviderState.objects.get(name="smtp").failures == 1


def test_the_mail_sandbox_lists_the_newest_first_and_lets_nobody_else_read(server, revision):
    mail = SmtpMail()
    for letter in to(revision, "wang@example.com", "Wang@Example.com", "li@example.com"):
        mail.send([letter])
    assert [found.key for found in server.received("wang@example.com")] == ["2", "1"]
    assert server.received("nobody@example.com") == []
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert not [path for path in server.folder.rglob("*") if "wang" in path.name.casefold()]


def test_the_mail_sandbox_says_where_it_is_and_stops_when_told(server):
    assert server.ready_line == f"mail sandbox takes SMTP at 127.0.0.1:{server.port}"
    assert server.stop() == 0
