"""The queues of the workers, and the timetable of beat. Times of day are those of Shanghai.

An entry that repeats within seconds is a nudge: it expires when nobody takes it, so that nudges don't pile up while
the workers sleep.
"""

from typing import Any

from celery.schedules import crontab

#: urgent: one-time codes and their like, never behind anything else · events: the policy-event log and its consumers ·
#: messages: the channels · rewards: their providers, who may be slow · letters: documents and print batches · face:
#: pictures from cameras, somebody waits · housekeeping: what may take its time.
QUEUES = ("urgent", "events", "messages", "rewards", "letters", "face", "housekeeping")


def every(seconds: float, task: str, *, queue: str = "housekeeping") -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 10), "queue": queue}}


def daily(hour: int, minute: int, task: str) -> dict[str, Any]:
    return {"task": task, "schedule": crontab(hour=str(hour), minute=str(minute))}


TIMETABLE = {
    "nudge the consumers of policy events": every(2, "members.tasks.nudge_consumers", queue="events"),
    "release events whose subject has come": every(60, "members.tasks.release_waiting_events"),
    "resume imports of the policy book": every(300, "members.tasks.resume_book_imports"),
    "announce what the calendar says": daily(6, 30, "members.tasks.announce_calendar_events"),
    "raise birthdays, anniversaries and complete profiles": daily(8, 30, "members.tasks.raise_yearly_events"),
    "raise daily sign-ins": every(120, "members.tasks.raise_daily_sign_ins"),
    "close accounts whose members did not come back": daily(4, 10, "members.tasks.close_due_accounts"),
    "resume requests about personal data": every(300, "members.tasks.tend_data_requests"),
    "resume face sessions, and end those given up": every(10, "members.tasks.resume_face_sessions"),
    "destroy evidence of faces whose day has come": daily(3, 20, "members.tasks.purge_face_evidence"),
    "forget attempts to sign in": daily(4, 20, "members.tasks.forget_sign_in_attempts"),
    "seal what was booked": every(60, "points.tasks.seal_postings"),
    "set free what nobody came back for": every(60, "points.tasks.time_out_holds"),
    "take out points that have expired": daily(0, 20, "points.tasks.lapse_lots"),
    "tell of points that expire soon": daily(9, 40, "points.tasks.tell_of_expiry"),
    "tell what was earned last month": {
        "task": "points.tasks.tell_of_earnings",
        "schedule": crontab(day_of_month="1-3", hour="10", minute="10"),
    },
    "compare everything that the ledger says twice": daily(2, 40, "points.tasks.audit_ledger"),
    "go on with redemptions": every(5, "points.tasks.sweep_redemptions"),
    "resume simulations of rules": every(300, "points.tasks.resume_simulations"),
    "note rewards that run low": daily(8, 45, "points.tasks.watch_stock"),
    "assess VIP tiers, and end those kept long enough": daily(1, 30, "benefits.tasks.assess_tiers"),
    "assess those whose policies have changed": every(60, "benefits.tasks.recheck_tiers"),
    "tell of changes of VIP tiers": every(60, "benefits.tasks.tell_of_tiers"),
    "resume assessments and simulations of VIP tiers": every(300, "benefits.tasks.resume_tier_runs"),
    "bring entitlements up to tiers, policies and the year": {
        "task": "benefits.tasks.refresh_all_entitlements",
        "schedule": crontab(hour="0-6", minute="5"),
    },
    "tell of benefits that were gained": every(60, "benefits.tasks.tell_of_gains"),
    "tell of benefits that end soon": daily(9, 50, "benefits.tasks.tell_of_quota_expiry"),
    "resume imports of providers": every(300, "benefits.tasks.resume_provider_imports"),
    "tell of cases that are late": every(60, "benefits.tasks.tell_overdue_cases"),
    # Once is enough; the days after make up for nights without workers.
    "settle months that are over with the providers": {
        "task": "benefits.tasks.settle_months",
        "schedule": crontab(day_of_month="3-31", hour="4", minute="40"),
    },
    "compare bookings with what they hold": daily(2, 50, "benefits.tasks.audit_benefits"),
    "book for whoever waits for a place": every(60, "benefits.tasks.serve_waiting_lists"),
    "tell providers' systems of bookings": every(5, "benefits.tasks.sweep_confirmations"),
    "remind of tomorrow's visits": {
        "task": "benefits.tasks.remind_of_visits",
        "schedule": crontab(hour="10,18", minute="0"),
    },
    "end visits that no desk has ended": daily(1, 30, "benefits.tasks.end_past_visits"),
    "tell members of their visits and cases": every(5, "notifications.tasks.tell_heard", queue="messages"),
    "repair and nudge the outbox": every(2, "notifications.tasks.sweep"),
    "close print batches whose day has ended": every(300, "notifications.tasks.close_print_batches", queue="letters"),
}
