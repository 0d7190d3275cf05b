"""An invented policy book: people, policies and events as an insurer's core would deliver them (docs/feeds.md).

Everything is drawn at random from a seed. The numbers follow their standards (check digits, formats, regions), so a
likeness to a living person's is chance, and none must be written to.
"""
