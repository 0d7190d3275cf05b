"""The engine's place at the policy-event log."""

from members import consumers
from notifications.actions.announce import announce_policy_events

consumers.register("notifications", announce_policy_events)
