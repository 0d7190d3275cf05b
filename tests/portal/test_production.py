"""Production refuses to start half set up. Every case is a process of its own, as an operator would start it."""

import os
import secrets
import subprocess
import sys
from base64 import urlsafe_b64encode

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from members.models import Member
from portal import embedded
from portal.demo.accounts import PASSWORD, STAFF_MOBILE, STAFF_OF_ROLES


def key():
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def environment(tmp_path):
    """All that production asks for."""
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "BANYAN_VAR": str(tmp_path),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"1:{key()}",
        "BLIND_INDEX_KEY": key(),
        "OIDC_SIGNING_KEY": embedded.signing_key(),
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "CELERY_BROKER_URL": os.environ["CELERY_BROKER_URL"],
        "ALLOWED_HOSTS": "service.example",
        "FACE_REFERENCE_PHOTOS": "members.face.vendor.HttpPhotos",
        "FACE_SERVICE_URL": "https://identity.example/v1",
        "FACE_SERVICE_SECRET": secrets.token_urlsafe(32),
    }


def start(environment, *command):
    return subprocess.run(
        [sys.executable, "-W", "ignore", *(command or ("manage.py", "check", "--deploy"))],
        cwd=embedded.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_starts_when_all_is_set(environment):
    started = start(environment)
    assert started.returncode == 0, started.stderr
    assert "security.W" not in started.stderr


@pytest.mark.parametrize(
    "name",
    [
        *("SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY"),
        *("DATABASE_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_it_refuses_what_is_missing(environment, name, value, tmp_path):
    environment.pop(name)
    if value is not None:
        environment[name] = value
    started = start(environment)
    assert started.returncode == 1
    assert f"{name} is not set" in started.stderr
    assert list(tmp_path.iterdir()) == [], "nothing embedded was started in its place"


def test_it_refuses_debug(environment):
    started = start(environment | {"DEBUG": "true"})
    assert started.returncode == 1
    assert "DEBUG must not be set" in started.stderr


@pytest.mark.parametrize("weak", ["secret", "a" * 60])
def test_it_refuses_a_weak_secret(environment, weak):
    started = start(environment | {"SECRET_KEY": weak})
    assert started.returncode == 1
    assert "SECRET_KEY is too weak" in started.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS", "BLIND_INDEX_KEY", "OIDC_SIGNING_KEY"])
def test_it_refuses_the_secrets_of_the_demo(environment, tmp_path, name):
    (tmp_path / "secrets.env").write_text(f"{name}={environment[name]}\n")
    started = start(environment)
    assert started.returncode == 1
    assert f"{name} is that of the demo" in started.stderr


def test_a_worker_refuses_as_the_web_server_does(environment):
    environment.pop("FIELD_KEYS")
    started = start(environment, "-m", "celery", "--app", "portal", "report")
    assert started.returncode != 0
    assert "FIELD_KEYS is not set" in started.stderr + started.stdout


def test_the_web_server_refuses_invented_photos_and_the_demos_password(environment, transactional_db, settings):
    environment["DATABASE_URL"] = os.environ["DATABASE_URL"].removesuffix("postgres") + connection.settings_dict["NAME"]
    # The account must be found and its password read, so the keys and the hash are those of production.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    environment |= {"FIELD_KEYS": ",".join(settings.FIELD_KEYS), "BLIND_INDEX_KEY": settings.BLIND_INDEX_KEY}
    serve = ("-c", "import portal.wsgi")
    assert start(environment, *serve).returncode == 0

    started = start(environment | {"FACE_REFERENCE_PHOTOS": "members.face.photos.StoredPhotos"}, *serve)
    assert started.returncode == 1
    assert "simulated source of reference photos" in started.stderr

    Member.objects.create_superuser(STAFF_MOBILE, PASSWORD)
    started = start(environment, *serve)
    assert started.returncode == 1
    assert "account of the demo exists" in started.stderr
    assert STAFF_MOBILE not in started.stderr.replace(f"changepassword {STAFF_MOBILE}", "")


@pytest.mark.django_db
@pytest.mark.parametrize("mobile", [STAFF_MOBILE, *STAFF_OF_ROLES])
def test_the_check_finds_the_demos_password_only_while_it_opens_something(environment, settings, mobile):
    settings.DEMO, settings.TOPUP_PROVIDER, settings.VISIT_SYSTEM = False, "", ""
    for name in ("FACE_REFERENCE_PHOTOS", "FACE_SERVICE_URL", "FACE_SERVICE_SECRET"):
        setattr(settings, name, environment[name])
    staff = Member.objects.create_user(mobile, PASSWORD, is_staff=True)
    with pytest.raises(SystemCheckError, match=r"portal\.E001"):
        call_command("check", databases=["default"])
    staff.set_password("another one")
    staff.save()
    call_command("check", databases=["default"])


def test_it_refuses_a_provider_that_tops_nobody_up(environment):
    started = start(environment | {"TOPUP_PROVIDER": "points.rewards.http_top_ups.SandboxTopUps"})
    assert started.returncode == 1
    assert "points.E001" in started.stderr
