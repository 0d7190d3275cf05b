"""Every page that a member or visitor meets, for whatever is proved of all of them. Add yours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MemberPage:
    """`path` as in the address bar; `who` looks at it: visitor or member (of 65)."""

    name: str
    path: str
    who: str = "visitor"


PAGES = [
    MemberPage("front", "/"),
    MemberPage("front-member", "/", "member"),
    MemberPage("me", "/me", "member"),
    MemberPage("consents", "/me/consents/", "member"),
    MemberPage("consent", "/me/consents/face", "member"),
    MemberPage("my-data", "/me/data/", "member"),
    MemberPage("display", "/display"),
    MemberPage("sign-in", "/sign-in"),
    MemberPage("sign-in-by-password", "/sign-in/password"),
    MemberPage("account-closed", "/sign-in/closed"),
    MemberPage("security", "/account/security", "member"),
    MemberPage("devices", "/account/devices", "member"),
    MemberPage("confirm-it-is-you", "/account/confirm", "member"),
    MemberPage("missing", "/nowhere"),
    MemberPage("styleguide", "/styleguide/"),
    MemberPage("styleguide-form", "/styleguide/form"),
]
