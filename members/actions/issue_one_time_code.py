"""Sending a one-time code to a mobile number."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation

from members.actions.count_attempt import Limit, count_attempts
from members.crypto import keyed_hash
from members.events import OneTimeCodeIssued, one_time_code_issued
from members.models import OneTimeCode
from members.models.one_time_code import code_digest
from members.origin import Origin
from members.phone import e164

LASTS = timedelta(minutes=5)
COOL_DOWN = timedelta(seconds=60)
PER_PHONE = (Limit("code_phone_hour", 5, timedelta(hours=1)), Limit("code_phone_day", 10, timedelta(days=1)))
PER_DEVICE = Limit("code_device_hour", 20, timedelta(hours=1))


@dataclass
class CodeJustSent(Exception):
    """A code went to this number less than a minute ago; `until`: when the next one may."""

    until: datetime


def issue_one_time_code(*, mobile: str, purpose: OneTimeCode.Purpose, origin: Origin) -> OneTimeCode:
    """A new code of six digits on its way to the number, whoever it belongs to: known and unknown ones alike.

    Raises CodeJustSent, TooManyAttempts, NotAMobileNumber. Not inside another transaction, as attempts are counted.
    """
    mobile = e164(mobile)
    check_cool_down(mobile)
    count_attempts(subjects=limits_for(mobile, origin))
    code = OneTimeCode(purpose=purpose, mobile=mobile, expires_at=timezone.now() + LASTS)
    digits = f"{secrets.randbelow(1_000_000):06}"
    code.digest = code_digest(code.pk, digits)
    with transaction.atomic():
        # Of two requests at the same moment one waits here, and then finds the other's code.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_number(mobile)])
        check_cool_down(mobile)
        code.save(force_insert=True)
        with translation.override(settings.LANGUAGE_CODE):  # of the message; nobody knows yet who reads it
            service_name = translation.gettext(str(OneTimeCode.Purpose(purpose).label))
        one_time_code_issued.send(
            OneTimeCodeIssued,
            fact=OneTimeCodeIssued(
                key=str(code.pk),
                mobile=mobile,
                code=digits,
                service_name=service_name,
                minutes=int(LASTS.total_seconds() // 60),
            ),
        )
    return code


def limits_for(mobile: str, origin: Origin) -> dict[Limit, str]:
    """Each limit with what it counts. Many people share an address of a mobile network, so that limit is a wide one."""
    per_address = Limit("code_ip_hour", settings.SIGN_INS_PER_ADDRESS_PER_HOUR, timedelta(hours=1))
    subjects = dict.fromkeys(PER_PHONE, mobile)
    if origin.ip:
        subjects[per_address] = origin.ip
    if origin.device:
        subjects[PER_DEVICE] = origin.device
    return subjects


def check_cool_down(mobile: str) -> None:
    newest = OneTimeCode.objects.to_mobile(mobile).order_by("-issued_at").values_list("issued_at", flat=True).first()
    if newest and newest + COOL_DOWN > timezone.now():
        raise CodeJustSent(newest + COOL_DOWN)


def forget_old_codes(*, older_than: timedelta = timedelta(days=2)) -> int:
    """Sweeps codes with their numbers, once nothing is counted by them any more; returns how many."""
    return OneTimeCode.objects.filter(issued_at__lt=timezone.now() - older_than).delete()[0]


def lock_number(mobile: str) -> int:
    return int.from_bytes(keyed_hash(mobile.encode(), "code_lock")[:8], signed=True)
