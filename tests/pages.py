"""Every page that a member or visitor meets, for whatever is proved of all of them. Add yours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MemberPage:
    """`path` as in the address bar; `who` looks at it: visitor, member, or a verified one (both of 65)."""

    name: str
    path: str
    who: str = "visitor"


PAGES = [
    MemberPage("front", "/"),
    MemberPage("home", "/", "verified"),
    MemberPage("home-new", "/", "member"),
    MemberPage("policies", "/me/policies", "verified"),
    MemberPage("messages", "/me/messages", "verified"),
    MemberPage("me", "/me", "member"),
    MemberPage("level", "/me/level", "member"),
    MemberPage("identity", "/me/level/identity", "member"),
    MemberPage("identity-verified", "/me/level/identity/verified", "verified"),
    MemberPage("face", "/me/level/face", "verified"),
    MemberPage("refused", "/me/policies", "member"),
    MemberPage("change-phone", "/me/phone", "verified"),
    MemberPage("lost-phone", "/me/phone/lost", "verified"),
    MemberPage("child-consent", "/me/children", "verified"),
    MemberPage("merge", "/me/merge", "member"),
    MemberPage("service-code", "/me/service-code", "member"),
    MemberPage("close", "/me/close", "verified"),
    MemberPage("consents", "/me/consents/", "member"),
    MemberPage("consent", "/me/consents/face", "member"),
    MemberPage("my-data", "/me/data/", "member"),
    MemberPage("display", "/display"),
    MemberPage("sign-in", "/sign-in"),
    MemberPage("sign-in-by-password", "/sign-in/password"),
    MemberPage("cannot-sign-in", "/sign-in/help"),
    MemberPage("account-closed", "/sign-in/closed"),
    MemberPage("security", "/account/security", "member"),
    MemberPage("devices", "/account/devices", "member"),
    MemberPage("confirm-it-is-you", "/account/confirm", "member"),
    MemberPage("missing", "/nowhere"),
    MemberPage("styleguide", "/styleguide/"),
    MemberPage("styleguide-form", "/styleguide/form"),
]
