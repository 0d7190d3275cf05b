"""SIGKILL between claim and sending, and between sending and record: nobody hears twice, nothing is lost silently."""

import csv

import pytest
from django.utils import timezone

from notifications.actions import sweep
from notifications.actions.close_print_batch import close_print_batch
from notifications.models import Attempt, Message
from tests.factories import CustomerFactory
from tests.faults.conftest import let_leases_run_out, let_waits_end, send
from tests.notifications.mail_server import MailServer

pytestmark = pytest.mark.django_db(transaction=True)
State, Outcome = Message.State, Attempt.Outcome


@pytest.fixture
def mail_server(tmp_path, settings):
    server = MailServer(tmp_path / "mail")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


def outcomes(message):
    return [(attempt.outcome, attempt.detail) for attempt in message.attempt_log.order_by("pk")]


def test_sms_whose_worker_died_before_sending_goes_out_once(sandbox, announce, alice, kill_worker):
    [message] = announce(alice)
    kill_worker("sms", "before-sending")
    assert sandbox.received(alice.mobile) == []
    assert (send("sms"), sweep.resolve_lost_messages()) == (False, 0)  # the lease holds: nobody else touches it

    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.lease_until) == (State.PENDING, 1, None)

    let_waits_end()
    assert send("sms")
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENT, 2)
    assert outcomes(message) == [
        (Outcome.TEMPORARY, "lost on the way, unknown to the provider"),
        (Outcome.ACCEPTED, ""),
    ]
    assert sandbox.received(alice.mobile) == [message.body]


def test_sms_whose_worker_died_before_recording_is_found_at_the_provider(sandbox, announce, alice, kill_worker):
    [message] = announce(alice)
    kill_worker("sms", "before-recording")
    assert sandbox.received(alice.mobile) == [message.body]
    message.refresh_from_db()
    assert (message.state, message.sent_at) == (State.SENDING, None)

    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 1
    message.refresh_from_db()
    assert (message.state, message.provider, message.provider_ref) == (State.SENT, "sandbox-sms", "sms-1")
    assert outcomes(message) == [(Outcome.ACCEPTED, "")]

    let_waits_end()
    assert (send("sms"), sweep.resolve_lost_messages()) == (False, 0)
    assert sandbox.received(alice.mobile) == [message.body]
    assert sandbox.stats()["repeated"] == 0


def test_whole_batch_of_a_dead_worker_is_settled_each_by_what_became_of_it(sandbox, announce, kill_worker):
    """Of three in a batch one was refused by the provider: it fails and goes on to the next channel it has."""
    people = [CustomerFactory(reachable=True) for _ in range(3)]
    sandbox.turn(reject_numbers=[people[1].mobile])
    announce(*people, channels=["sms", "letter"])
    kill_worker("sms", "before-recording")
    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 3
    told = Message.objects.order_by("pk").values_list("customer", "channel", "state", "reason")
    assert list(told) == [
        (people[0].pk, "sms", State.SENT, ""),
        (people[1].pk, "sms", State.FAILED, "number_rejected"),
        (people[2].pk, "sms", State.SENT, ""),
        (people[1].pk, "letter", State.PENDING, ""),
    ]
    assert [len(sandbox.received(person.mobile)) for person in people] == [1, 0, 1]


@pytest.mark.parametrize(
    ("point", "arrived", "states"),
    [
        ("before-sending", [0, 0, 0], [State.PENDING, State.PENDING, State.PENDING]),
        ("second-mail", [1, 0, 0], [State.SENT, State.UNCERTAIN, State.PENDING]),
        ("before-recording", [1, 1, 1], [State.SENT, State.SENT, State.SENT]),
    ],
)
def test_of_a_dead_worker_s_e_letters_only_the_one_in_hand_stands_before_a_person(
    mail_server, announce, kill_worker, point, arrived, states
):
    """SMTP can't tell what it took; what was noted before and after each mail can."""
    people = [CustomerFactory(reachable=True) for _ in range(3)]
    messages = announce(*people, channels=["eletter", "letter"], letter_required=True)
    kill_worker("eletter", point)
    assert [len(mail_server.received(person.email)) for person in people] == arrived

    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 3
    told = Message.objects.order_by("pk")
    assert [message.state for message in told] == states
    assert {message.reason for message in told if message.state == State.UNCERTAIN} <= {
        "the answer was lost and this provider can't tell what it did"
    }
    let_waits_end()
    send("eletter")
    assert [message.pk for message in told.all()] == [message.pk for message in messages]
    once = [0 if state == State.UNCERTAIN else 1 for state in states]
    assert [len(mail_server.received(person.email)) for person in people] == once


@pytest.mark.parametrize(
    ("point", "there", "state"),
    [("before-sending", 0, State.PENDING), ("before-manifest", 1, State.SENT), ("before-recording", 1, State.SENT)],
)
def test_paper_letter_of_a_dead_worker_is_one_file_and_one_line(var, announce, kill_worker, point, there, state):
    [message] = announce(
        CustomerFactory(reachable=True, eletter_consent=None), channels=["eletter", "letter"], letter_required=True
    )
    assert message.channel == "letter"
    kill_worker("letter", point)
    assert len(list(var.rglob("*.pdf"))) - len(list(var.glob("private/**/*.pdf"))) == there

    let_leases_run_out()
    assert sweep.resolve_lost_messages() == 1
    message.refresh_from_db()
    assert message.state == state
    let_waits_end()
    send("letter")
    message.refresh_from_db()
    assert message.state == State.SENT

    day = timezone.localdate()
    batch = close_print_batch(day=day)
    assert (batch.letters, batch.pages) == (1, 1)
    folder = var / "print" / day.isoformat()
    assert sorted(file.name for file in folder.glob("*.pdf")) == [f"{message.pk}.pdf"]
    with (folder / "manifest.csv").open(newline="") as lines:
        assert [(row["sequence"], row["file"]) for row in csv.DictReader(lines)] == [("1", f"{message.pk}.pdf")]
