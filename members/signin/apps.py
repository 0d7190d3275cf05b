from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "members.signin"
    label = "signin"

    def ready(self) -> None:
        from members.signin import receivers  # noqa: F401
