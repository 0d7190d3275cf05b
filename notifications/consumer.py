"""The engine's place at the policy-event log."""
