"""A copy of one's data: asked for with a proof, made part by part, fetched with a proof, gone after a week."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from members import personal_data
from members.actions.request_data import CopyGone, delete_old_copies, fetch_copy, request_copy
from members.actions.run_data_request import run_data_request, unattended_data_requests
from members.assurance import CoolingDown, FactorNeeded
from members.events import DataRequested
from members.models import AccountEvent, DataRequest, Member
from members.personal_data import Section, register_personal_data
from members.receivers import begin_data_request
from members.tasks import tend_data_requests
from tests.factories import CustomerFactory, MemberFactory, PolicyFactory
from tests.members.accounts import AT_WEB, OTHER_SESSION, proved, verified

pytestmark = pytest.mark.django_db
ID_NO = "11010519491231002X"


@pytest.fixture(autouse=True)
def private(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    }
    return tmp_path


@pytest.fixture
def alice():
    member = verified(MemberFactory(customer=CustomerFactory(id_type="resident_id", id_no=ID_NO, reachable=True)))
    PolicyFactory(policyholder=member.customer)
    PolicyFactory(policyholder=CustomerFactory())
    proved(member)
    return member


def copied(member):
    request = request_copy(member=member, context=AT_WEB)
    assert run_data_request(request_id=request.pk) is True
    request.refresh_from_db()
    return request


def opened(request):
    with default_storage.open(request.file.name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_it_works(alice, private):
    request = copied(alice)
    assert (request.state, request.percent) == ("done", 100)
    assert request.expires_at - request.finished_at == timedelta(days=7)
    archive = opened(fetch_copy(member=alice, request_id=request.pk, context=AT_WEB))
    data = json.loads(archive.read("data.json"))
    assert data["account"][0]["rows"][0]["mobile"] == alice.mobile
    (record, policies) = data["insurance"]
    assert record["rows"][0]["id_no"] == ID_NO
    assert len(policies["rows"]) == 1  # her own, nobody else's
    page = archive.read("data.html").decode()
    assert ID_NO in page and alice.name in page and "<script" not in page
    assert AccountEvent.objects.filter(kind="data_exported").count() == 1
    assert ID_NO.encode() not in b"".join(path.read_bytes() for path in private.rglob("*") if path.is_file())


def test_in_the_readers_language(alice):
    with translation.override("en"):
        page = opened(copied(alice)).read("data.html").decode()
    assert "Your personal information" in page and 'lang="en"' in page


def test_asking_and_fetching_take_a_fresh_proof(alice):
    request = copied(alice)
    with pytest.raises(FactorNeeded):
        request_copy(member=MemberFactory(), context=AT_WEB)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)), pytest.raises(FactorNeeded):
        fetch_copy(member=alice, request_id=request.pk, context=AT_WEB)
    elsewhere = type(AT_WEB)(entrance=AT_WEB.entrance, session=OTHER_SESSION)
    with pytest.raises(FactorNeeded):
        fetch_copy(member=alice, request_id=request.pk, context=elsewhere)
    Member.objects.update(cooling_until=timezone.now() + timedelta(hours=1))
    with pytest.raises(CoolingDown):
        fetch_copy(member=alice, request_id=request.pk, context=AT_WEB)


def test_nobody_fetches_anothers(alice):
    request = copied(alice)
    bob = MemberFactory()
    proved(bob)
    with pytest.raises(CopyGone):
        fetch_copy(member=bob, request_id=request.pk, context=AT_WEB)


def test_gone_after_a_week(alice, private):
    request = copied(alice)
    assert delete_old_copies() == 0
    with time_machine.travel(request.expires_at):
        proved(alice)
        with pytest.raises(CopyGone):
            fetch_copy(member=alice, request_id=request.pk, context=AT_WEB)
        tend_data_requests()
        assert delete_old_copies() == 0
    assert [path for path in private.rglob("*") if path.is_file()] == []
    assert DataRequest.objects.get().file.name == ""


def test_one_at_a_time_and_run_twice_once(alice):
    request = request_copy(member=alice, context=AT_WEB)
    assert request_copy(member=alice, context=AT_WEB) == request
    assert run_data_request(request_id=request.pk) is True
    assert run_data_request(request_id=request.pk) is False
    assert request_copy(member=alice, context=AT_WEB) != request


def test_lost_worker_is_replaced(alice, monkeypatch):
    monkeypatch.setattr(personal_data, "_parts", dict(personal_data._parts))
    broken = [True]

    def export(member):
        if broken.pop():
            raise ConnectionError
        return [Section("测试", {}, [])]

    register_personal_data("faulty", export=export, erase=lambda member: [])
    request = request_copy(member=alice, context=AT_WEB)
    with pytest.raises(ConnectionError):
        run_data_request(request_id=request.pk)
    assert (run_data_request(request_id=request.pk), unattended_data_requests()) == (False, [])
    broken.append(False)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert unattended_data_requests() == [request.pk]
        tend_data_requests()
    assert DataRequest.objects.get().state == "done"


def test_task_is_woken_when_the_request_stands_in_the_database(alice, django_capture_on_commit_callbacks):
    request = request_copy(member=alice, context=AT_WEB)
    with django_capture_on_commit_callbacks(execute=True):
        begin_data_request(DataRequested(request_id=request.pk))
        assert DataRequest.objects.get().state == "waiting"
    assert DataRequest.objects.get().state == "done"


def test_nothing_is_registered_twice():
    with pytest.raises(ValueError, match="already"):
        register_personal_data("account", export=lambda member: [], erase=lambda member: [])
