"""Accounts whose number was taken off before there were rows for it: nothing gave them back."""

from django.db import migrations


def remember_lost_numbers(apps, schema_editor):
    """One row for each account without a number, by the newest event that says who took it off."""
    Event = apps.get_model("members", "AccountEvent")
    LostNumber = apps.get_model("members", "LostNumber")
    released = (
        Event.objects.filter(
            kind="phone_released", by__isnull=False, member__mobile_index=None, member__customer__isnull=False
        )
        .exclude(member__closures__closed_at__isnull=False)
        .exclude(member__in=LostNumber.objects.filter(given_back_at=None).values("member"))
        .order_by("member", "-pk")
        .distinct("member")
    )
    LostNumber.objects.bulk_create(
        [
            LostNumber(
                member_id=event.member_id,
                # The record was not asked for in those days.
                evidence=event.detail.get("record") or f"EVENT-{event.pk}",
                taken_off_by_id=event.by_id,
                taken_off_at=event.occurred_at,
            )
            for event in released
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("members", "0015_video_call")]

    operations = [migrations.RunPython(remember_lost_numbers, migrations.RunPython.noop)]
