"""Who earns points for what: rules are data, and what they may say is listed here (README of this package)."""
