import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError

from portal.health import newest_migrations

pytestmark = pytest.mark.django_db


@pytest.fixture
def nobody_listens(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"


def test_it_is_alive_without_asking_anybody(client, nobody_listens, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_with_database_schema_and_broker(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": []})


def test_an_old_schema_is_not_ready(client):
    MigrationRecorder(connection).record_unapplied(*next(step for step in newest_migrations() if step[0] == "members"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "missing", "missing": ["schema"]})


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis+socket:///nowhere/redis.sock", "amqp://127.0.0.1:1//"])
def test_without_a_broker_it_is_not_ready(client, settings, url):
    settings.CELERY_BROKER_URL = url
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "missing", "missing": ["broker"]})


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_is_not_ready(client):
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "missing", "missing": ["database"]})
        with pytest.raises(OperationalError):
            connection.ensure_connection()
    finally:
        connection.settings_dict["HOST"] = host
