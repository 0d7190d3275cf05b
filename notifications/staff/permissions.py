"""What nobody may do in the admin, whatever their groups allow."""

from collections.abc import Iterable
from typing import Any

from wagtail.permission_policies import ModelPermissionPolicy


class WithoutActions(ModelPermissionPolicy):
    """The usual permissions of a model, without some actions: not even for superusers."""

    def __init__(self, model: type, *, without: Iterable[str]) -> None:
        super().__init__(model)
        self.without = frozenset(without)

    def user_has_permission(self, user: Any, action: str) -> bool:
        return action not in self.without and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return super().user_has_any_permission(user, set(actions) - self.without)
