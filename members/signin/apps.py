from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "members.signin"
    label = "signin"

    def ready(self) -> None:
        from allauth.account.signals import user_logged_in
        from allauth.usersessions.signals import on_user_logged_in

        from members.signin import receivers  # noqa: F401

        user_logged_in.disconnect(on_user_logged_in)  # receivers.keep_what_was_proved lists the device
