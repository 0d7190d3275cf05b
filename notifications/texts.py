"""The live texts, all of them, as an immutable snapshot in memory: what the engine renders from."""

from dataclasses import dataclass

from django.db import connection

from notifications.models import Template, TemplateChannel
from notifications.rendering import Text
from notifications.routes import Routes
from notifications.routes import Version as EventTypesVersion

__all__ = ["Text", "Texts"]

Version = tuple[int, int | None, EventTypesVersion]

_current: "Texts | None" = None


@dataclass(frozen=True)
class Texts:
    """All published texts by (event code, channel, language). Drafts are not in it."""

    version: Version
    by_key: dict[tuple[str, str, str], Text]

    @classmethod
    def current(cls, routes: Routes) -> "Texts":
        """The newest snapshot; one small query, and a reload if anything was published or withdrawn since,
        or an event type changed (`routes` are the newest, too), whose variables a text shows by their types.

        Call it once per batch and keep the answer: every text in one snapshot belongs together.
        """
        global _current
        version = (*version_of_templates(), routes.version)
        if _current is None or _current.version != version:
            _current = cls(version, load(_current.by_key if _current else {}))
        return _current

    def find(self, code: str, channel: TemplateChannel | str, language: str) -> Text | None:
        """The text in this language, else in Chinese, else None."""
        text = self.by_key.get((code, channel, language))
        if text is None and language != "zh-hans":
            text = self.by_key.get((code, channel, "zh-hans"))
        return text


def version_of_templates() -> tuple[int, int | None]:
    # Not the newest time of publication: two editors publishing side by side commit in either order.
    # Revision ids only grow, so what is published can't change without changing their sum.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(live_revision_id)::bigint FROM notifications_template WHERE live")
        return cursor.fetchone()


def load(known: dict[tuple[str, str, str], Text]) -> dict[tuple[str, str, str], Text]:
    texts = {}
    rows = Template.objects.filter(live=True, live_revision__isnull=False).values_list(
        "event_type_id",
        "channel",
        "language",
        "title",
        "body",
        "event_type__variables",
        "figures",
        "what_to_do",
        "live_revision_id",
    )
    for code, channel, language, title, body, types, figures, what_to_do, revision_id in rows:
        key = (code, channel, language)
        text = Text(code, channel, language, title, body, types, tuple(figures), what_to_do, revision_id)
        texts[key] = known[key] if known.get(key) == text else text
    return texts
