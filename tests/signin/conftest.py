"""Phones that receive the codes: the engine sends them through a real sandbox provider."""

import re

import pytest
from django.db import transaction

from members.catalogue import event_specs
from notifications.actions.load_catalogue import Loaded, load_event_types, load_templates, route_of
from notifications.shipped_texts import ShippedTexts


class Phone:
    """Somebody's mobile: what arrived on it."""

    def __init__(self, sandbox, mobile):
        self.sandbox, self.mobile = sandbox, mobile

    @property
    def texts(self):
        return self.sandbox.received(self.mobile)

    @property
    def code(self):
        """The newest code."""
        return re.search(r"(?<!\d)\d{6}(?!\d)", self.texts[0])[0]


#: What signing in announces.
TYPES = ("verification.otp", "membership.registered", "membership.channel_bound")


@pytest.fixture
def catalogue(db):
    """The shipped types and texts of signing in; all 194 take half a minute."""
    shipped, loaded = ShippedTexts(), Loaded()
    wanted = {code: route_of(event_specs()[code]) for code in TYPES}
    texts = {
        (code, channel, language): text
        for code, route in wanted.items()
        for (channel, language), text in shipped.of(event_specs()[code], route["channels"]).items()
    }
    with transaction.atomic():
        load_event_types(wanted, shipped, loaded)
        load_templates(texts, loaded)


@pytest.fixture
def phone(sandbox, catalogue):
    return lambda mobile: Phone(sandbox, mobile)
