"""What an operator wants to be woken for, counted when Prometheus asks: it is the database that knows."""

from collections.abc import Iterator
from dataclasses import asdict

import structlog
from django.db import DatabaseError
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from benefits.models import BenefitsAudit
from members.models import ParkedEvent, PolicyEvent
from members.queries import stored_faces
from notifications.queries import troubles
from points.models import LedgerAudit

log = structlog.get_logger(__name__)


class TroublesCollector(Collector):
    """Gauges of troubles by kind, of what differs, and of stored faces; absent while the database can't be asked."""

    def describe(self) -> list[GaugeMetricFamily]:
        """The names alone, so that registering asks no database."""
        return [messages_gauge(), events_gauge(), differences_gauge(), faces_gauge()]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            of_messages = asdict(troubles())
            of_events = {
                "parked": ParkedEvent.objects.unsettled().count(),
                "waiting": PolicyEvent.objects.waiting().count(),
            }
            faces = stored_faces()
            differ = {
                kind: bool(last.difference)
                for kind, audits in (("ledger", LedgerAudit.objects), ("benefits", BenefitsAudit.objects))
                if (last := audits.order_by("-pk").first())
            }
        except DatabaseError as error:
            log.error("troubles_not_counted", error=type(error).__name__)
            return
        gauges = ((messages_gauge(), of_messages), (events_gauge(), of_events), (differences_gauge(), differ))
        for gauge, counts in gauges:
            for kind, count in counts.items():
                gauge.add_metric([kind], count)
            yield gauge
        gauge = faces_gauge()
        gauge.add_metric([], faces)
        yield gauge


def messages_gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "banyan_messages", "Messages that are late, nearly late (30 minutes), parked or uncertain", labels=["trouble"]
    )


def events_gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "banyan_events", "Policy events that are parked, or wait for their subject", labels=["trouble"]
    )


def differences_gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily("banyan_differences", "1 where the last nightly comparison found one", labels=["books"])


def faces_gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily("banyan_stored_faces", "Faces stored; 100,000 have to be filed with the authorities")


def register() -> None:
    REGISTRY.register(TroublesCollector())
