"""What the staff's roles are, and what each may do with what this package owns.

Roles are groups of Django's. Every package grants its own permissions to them, and only those: `grant_permissions`
makes the groups say what the package says, after every migration and after a database was emptied. An insurer that
wants it otherwise makes a group of its own, which nothing here touches.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps as all_apps
from django.contrib.auth.management import create_permissions
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The value is the group's name."""

    MARKETING_EDITOR = "Marketing editor", _("Marketing editor")
    APPROVER = "Approver", _("Approver")
    NOTIFICATION_OPERATOR = "Notification operator", _("Notification operator")
    SERVICE_AGENT = "Service agent", _("Service agent")
    BENEFITS_MANAGER = "Benefits manager", _("Benefits manager")
    ANALYST = "Analyst", _("Analyst")
    ADMINISTRATOR = "Administrator", _("Administrator")


ADMIN = frozenset({"access_admin"})
LOOK_UP = frozenset({"view_customer", "view_policy"})
KNOW_TERMS = frozenset({"view_policychange"})
SERVE = frozenset({"open_member", "unmask_member", "block_member"})
EVENTS = frozenset({"view_policyevent", "see_policyevent_data", "view_parkedevent", "redrive_parkedevent"})
FACES = frozenset({"view_facereview", "decide_facereview"})
ALL = frozenset(
    {*LOOK_UP, *KNOW_TERMS, *EVENTS, *FACES, *SERVE, "add_policychange", "decide_policychange"}
    | {"invite_member", "verify_member", "review_member", "release_member"}
    | {"view_apikey", "add_apikey", "delete_apikey", "add_bookimport"}
)
#: Who proposes and who approves are told apart by the person, not by the role: two administrators may, one may not.
MAY: Mapping[Role, frozenset[str]] = {
    Role.MARKETING_EDITOR: frozenset(),
    Role.APPROVER: LOOK_UP | KNOW_TERMS | FACES | SERVE | {"decide_policychange", "review_member", "release_member"},
    Role.NOTIFICATION_OPERATOR: LOOK_UP | EVENTS,
    # Never review_member: an agent has no part in the advanced level.
    Role.SERVICE_AGENT: LOOK_UP | KNOW_TERMS | SERVE | {"invite_member", "verify_member"},
    Role.BENEFITS_MANAGER: LOOK_UP,
    Role.ANALYST: KNOW_TERMS,
    Role.ADMINISTRATOR: ALL,
}


@transaction.atomic
def grant_permissions(label: str, may: Mapping[Role, Collection[str]], *, apps: Any = all_apps) -> None:
    """Gives each role exactly these permissions (codenames) among those of the app `label`; others are left alone.

    Called again, it changes nothing. `apps`: the models as they are at this moment, while migrations go on.
    Raises LookupError for a permission that no model declares.
    """
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return  # migrated only in part: the next migration comes by again
    # The permissions themselves are made by a receiver that may come after ours.
    create_permissions(all_apps.get_app_config(label), verbosity=0, apps=apps)
    found = {
        permission.codename: permission for permission in permission_model.objects.filter(content_type__app_label=label)
    }
    for role, codenames in may.items():
        if missing := set(codenames) - set(found):
            raise LookupError(f"{label} declares no permission {sorted(missing)}")
        group, _created = group_model.objects.get_or_create(name=role.value)
        held = set(group.permissions.filter(content_type__app_label=label).values_list("codename", flat=True))
        group.permissions.add(*(found[name] for name in sorted(set(codenames) - held)))
        group.permissions.remove(*(found[name] for name in sorted(held - set(codenames))))


def grant_members_permissions(*, apps: Any = all_apps, **_kwargs: Any) -> None:
    """Receiver of post_migrate: all roles may enter the admin, and what MAY says."""
    grant_permissions("wagtailadmin", dict.fromkeys(Role, ADMIN), apps=apps)
    grant_permissions("members", MAY, apps=apps)
