"""What nobody may do in the admin, whatever their groups allow."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem
from wagtail.permission_policies import ModelPermissionPolicy


class OnlyActions(ModelPermissionPolicy):
    """The usual permissions of a model, some actions only: nobody may do the others, superusers included."""

    def __init__(self, model: type, *, actions: Iterable[str]) -> None:
        super().__init__(model)
        self.actions = frozenset(actions)

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action in self.actions and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


def shown_to(permission: str) -> type[MenuItem]:
    """A menu item for those with this permission; a page without a model shows its own to everybody."""

    class ShownTo(MenuItem):
        def is_shown(self, request: HttpRequest) -> bool:
            return bool(request.user.has_perm(permission))

    return ShownTo
