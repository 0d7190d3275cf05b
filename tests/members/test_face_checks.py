"""What an installation must not start with."""

from types import SimpleNamespace

import pytest

from members import checks
from members.face import seams
from tests.members.face_cast import member_with_photo


@pytest.fixture
def production(settings):
    settings.DEMO = False
    seams.reference_photos.cache_clear()
    yield settings
    seams.reference_photos.cache_clear()


def ids(messages):
    return [message.id for message in messages]


def test_production_does_not_start_on_invented_photos(production):
    assert ids(checks.reference_photos_are_real()) == ["members.E002"]
    production.FACE_REFERENCE_PHOTOS = "members.face.vendor.HttpPhotos"
    seams.reference_photos.cache_clear()
    assert checks.reference_photos_are_real() == []
    production.FACE_REFERENCE_PHOTOS = "members.face.nowhere.Photos"
    seams.reference_photos.cache_clear()
    assert ids(checks.reference_photos_are_real()) == ["members.E002"]


def test_a_vendor_needs_an_address_and_a_secret(production):
    production.FACE_REFERENCE_PHOTOS = "members.face.vendor.HttpPhotos"
    for url, secret in (("", ""), ("http://vendor.example", "s"), ("https://vendor.example", "")):
        production.FACE_SERVICE_URL, production.FACE_SERVICE_SECRET = url, secret
        assert ids(checks.face_service_is_set_up()) == ["members.E003"]
    production.FACE_SERVICE_SECRET = "s"
    assert checks.face_service_is_set_up() == []


def test_missing_models_are_said_before_the_library_ends_the_process(monkeypatch, tmp_path):
    assert checks.face_models_are_there() == []
    monkeypatch.setattr(checks, "find_spec", lambda name: SimpleNamespace(origin=str(tmp_path / "__init__.py")))
    assert ids(checks.face_models_are_there()) == ["members.E001"]
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert ids(checks.face_models_are_there()) == ["members.E001"]


@pytest.mark.parametrize("content", ["", "{}", '{"version": "", "matching": {}}'])
def test_thresholds_that_cannot_be_read_are_an_error(settings, tmp_path, content):
    assert checks.face_thresholds_are_readable() == []
    path = tmp_path / f"thresholds{len(content)}.json"
    settings.FACE_THRESHOLDS = str(path)
    assert ids(checks.face_thresholds_are_readable()) == ["members.E004"]
    path.write_text(content)
    assert ids(checks.face_thresholds_are_readable()) == ["members.E004"]


def test_it_warns_before_a_hundred_thousand_faces_are_stored(db, monkeypatch):
    member_with_photo()
    assert checks.stored_faces_stay_below_the_filing_duty(databases=["default"]) == []
    monkeypatch.setattr(checks, "WARN_FROM", 1)
    assert ids(checks.stored_faces_stay_below_the_filing_duty(databases=["default"])) == ["members.W001"]
    assert checks.stored_faces_stay_below_the_filing_duty() == []
