"""API keys: shown once, kept as a hash, chosen ones in the demo only."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from members.actions.issue_api_key import ChosenKeyRefused, issue_api_key
from members.actions.revoke_api_key import revoke_api_key
from members.models import ApiKey, Scope

pytestmark = pytest.mark.django_db

CHOSEN = "demo-core-key-for-trying-out"
SCOPES = [Scope.EVENTS_WRITE]


def test_an_issued_key_is_found_again_and_only_whole():
    issued = issue_api_key(name="core", scopes=SCOPES)
    assert ApiKey.objects.matching(issued.key) == issued.row
    assert ApiKey.objects.matching(issued.key[:-1]) is None
    assert ApiKey.objects.matching(issued.row.prefix) is None


def test_the_key_is_not_in_the_database():
    issued = issue_api_key(name="core", scopes=SCOPES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT members_apikey::text FROM members_apikey")
        row = cursor.fetchone()[0]
    assert issued.key[12:] not in row
    assert issued.key.encode().hex()[24:] not in row


def test_two_keys_differ():
    assert issue_api_key(name="a", scopes=SCOPES).key != issue_api_key(name="a", scopes=SCOPES).key


def test_a_key_without_scope_is_refused():
    with pytest.raises(ValueError, match="scope"):
        issue_api_key(name="core", scopes=[])


def test_the_demo_may_choose_its_key_and_issue_it_again():
    first = issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)
    again = issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)
    assert (first.key, again.row) == (CHOSEN, first.row)
    assert ApiKey.objects.matching(CHOSEN) == first.row


def test_outside_the_demo_nobody_chooses(settings):
    settings.DEMO = False
    with pytest.raises(ChosenKeyRefused):
        issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)
    assert not ApiKey.objects.exists()


def test_outside_the_demo_a_chosen_key_is_refused_even_if_it_exists(settings):
    issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)
    settings.DEMO = False
    with pytest.raises(ChosenKeyRefused):
        issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)


@pytest.mark.parametrize("bad", ["short", "x" * 23, "with a space in the middle", "é" * 24, "tab\there" * 5])
def test_a_chosen_key_must_be_worth_the_name(bad):
    with pytest.raises(ChosenKeyRefused):
        issue_api_key(name="demo", scopes=SCOPES, chosen=bad)


def test_a_revoked_key_stays_revoked():
    issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)
    revoked = revoke_api_key(prefix=CHOSEN[:12])
    assert revoked.revoked_at is not None
    assert revoke_api_key(prefix=CHOSEN[:12]).revoked_at == revoked.revoked_at
    assert ApiKey.objects.live().matching(CHOSEN) is None
    with pytest.raises(ChosenKeyRefused):
        issue_api_key(name="demo", scopes=SCOPES, chosen=CHOSEN)


def test_command_prints_the_key_once(capsys):
    call_command("issue_api_key", "core", "--scope", "events:write")
    key = capsys.readouterr().out.strip()
    row = ApiKey.objects.get()
    assert ApiKey.objects.matching(key) == row
    assert (row.name, row.scopes, row.created_by) == ("core", ["events:write"], None)


def test_command_knows_its_scopes():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("issue_api_key", "core", "--scope", "everything")


def test_command_refuses_a_chosen_key_outside_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo"):
        call_command("issue_api_key", "demo", "--scope", "events:write", "--key", CHOSEN)


def test_revoking_by_command():
    issued = issue_api_key(name="core", scopes=SCOPES)
    call_command("revoke_api_key", issued.row.prefix)
    assert ApiKey.objects.get().revoked_at is not None
    with pytest.raises(CommandError, match="no key"):
        call_command("revoke_api_key", "nothing")
