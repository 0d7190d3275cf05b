"""Every page that a member or visitor meets, for whatever is proved of all of them. Add yours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MemberPage:
    """`path` as in the address bar; `who` looks at it: visitor, member, or a verified one (both of 65).

    `number_at`: where they have typed a mobile number before; `code_at`: where, then, its code. `chosen_at`: where they
    have chosen a reward, or a time, before. Below /points a verified one has points, and redemptions with the ids 1, 2,
    3; of benefits, places and bookings with the ids 1, 2, 3.
    """

    name: str
    path: str
    who: str = "visitor"
    number_at: str = ""
    code_at: str = ""
    chosen_at: str = ""


PAGES = [
    MemberPage("front", "/"),
    MemberPage("home", "/", "verified"),
    MemberPage("home-new", "/", "member"),
    MemberPage("policies", "/me/policies", "verified"),
    MemberPage("messages", "/me/messages", "verified"),
    MemberPage("me", "/me", "member"),
    MemberPage("history", "/me/history", "verified"),
    MemberPage("level", "/me/level", "member"),
    MemberPage("identity", "/me/level/identity", "member"),
    MemberPage("identity-verified", "/me/level/identity/verified", "verified"),
    MemberPage("face", "/me/level/face", "verified"),
    MemberPage("refused", "/me/policies", "member"),
    MemberPage("change-phone", "/me/phone", "verified"),
    MemberPage("change-phone-code", "/me/phone/code", "verified", number_at="/me/phone"),
    MemberPage("change-phone-done", "/me/phone/done", "verified", number_at="/me/phone", code_at="/me/phone/code"),
    MemberPage("lost-phone", "/me/phone/lost", "verified"),
    MemberPage("lost-phone-code", "/me/phone/lost/code", "verified", number_at="/me/phone/lost"),
    MemberPage(
        "lost-phone-done", "/me/phone/lost/done", "verified", number_at="/me/phone/lost", code_at="/me/phone/lost/code"
    ),
    MemberPage("child-consent", "/me/children", "verified"),
    MemberPage("child-consent-code", "/me/children/code", "verified", number_at="/me/children"),
    MemberPage("merge", "/me/merge", "member"),
    MemberPage("merge-code", "/me/merge/code", "member", number_at="/me/merge"),
    MemberPage("service-code", "/me/service-code", "member"),
    MemberPage("close", "/me/close", "verified"),
    MemberPage("consents", "/me/consents/", "member"),
    MemberPage("consent", "/me/consents/face", "member"),
    MemberPage("my-data", "/me/data/", "member"),
    MemberPage("book", "/me/benefits/book", "verified"),
    MemberPage("book-new", "/me/benefits/book", "member"),
    MemberPage("book-search", "/me/benefits/book/dental_cleaning", "verified"),
    MemberPage("book-place", "/me/benefits/book/dental_cleaning/1", "verified"),
    MemberPage("book-full", "/me/benefits/book/dental_cleaning/3", "verified"),
    MemberPage(
        "book-confirm",
        "/me/benefits/book/dental_cleaning/confirm",
        "verified",
        chosen_at="/me/benefits/book/dental_cleaning/1",
    ),
    MemberPage("bookings", "/me/benefits/bookings", "verified"),
    MemberPage("bookings-new", "/me/benefits/bookings", "member"),
    MemberPage("booking", "/me/benefits/bookings/1", "verified"),
    MemberPage("booking-done", "/me/benefits/bookings/2", "verified"),
    MemberPage("booking-kept", "/me/benefits/bookings/3", "verified"),
    MemberPage("booking-move", "/me/benefits/bookings/1/move", "verified"),
    MemberPage("booking-cancel", "/me/benefits/bookings/1/cancel", "verified"),
    MemberPage("points", "/points", "verified"),
    MemberPage("points-new", "/points", "member"),
    MemberPage("points-history", "/points/history", "verified"),
    MemberPage("points-earning", "/points/earning", "verified"),
    MemberPage("points-statement", "/points/statement", "verified"),
    MemberPage("rewards", "/points/rewards", "verified"),
    MemberPage("reward", "/points/rewards/IQIYI-M1", "verified"),
    MemberPage("reward-not-yet", "/points/rewards/JDECARD-100", "verified"),
    MemberPage("reward-donation", "/points/rewards/DONATE-500", "verified"),
    MemberPage("reward-redeem", "/points/rewards/PHONE-30/redeem", "verified", chosen_at="/points/rewards/PHONE-30"),
    MemberPage("reward-redemptions", "/points/redemptions", "verified"),
    MemberPage("reward-redemptions-new", "/points/redemptions", "member"),
    MemberPage("reward-on-its-way", "/points/redemptions/1", "verified"),
    MemberPage("reward-code", "/points/redemptions/2", "verified"),
    MemberPage("reward-given", "/points/redemptions/3", "verified"),
    MemberPage("display", "/display"),
    MemberPage("sign-in", "/sign-in"),
    MemberPage("sign-in-code", "/sign-in/code", number_at="/sign-in"),
    MemberPage("sign-in-by-password", "/sign-in/password"),
    MemberPage("cannot-sign-in", "/sign-in/help"),
    MemberPage("account-closed", "/sign-in/closed"),
    MemberPage("security", "/account/security", "member"),
    MemberPage("password", "/account/security/password", "member"),
    MemberPage("passkey", "/account/security/passkey", "member"),
    MemberPage("devices", "/account/devices", "member"),
    MemberPage("confirm-it-is-you", "/account/confirm", "member"),
    MemberPage("missing", "/nowhere"),
    MemberPage("styleguide", "/styleguide/"),
    MemberPage("styleguide-form", "/styleguide/form"),
]

#: Addresses that members meet and that are not above, each with where it is looked at, or why it shows nothing.
ELSEWHERE = {
    "face-start": "a form's target",
    "face-frames": "the camera's target",
    "face-state": "told to the page of the face check",
    "face-result": "tests/portal/test_face_browser.py",
    "merge-accounts-done": "tests/portal/test_another_number.py",
    "child-consent-done": "tests/portal/test_children.py",
    "child-consent-take-back": "a button's target",
    "keep-account": "a button's target",
    "my-data-copy": "a file",
    "reward-picture": "a picture",
    "redemption-code": "tests/portal/test_redeeming_browser.py",
    "redemption-cancel": "a button's target",
    "redemption-certificate": "a file",
    "booking-calendar": "a file",
    "booking-rate": "a button's target",
    "leave-waiting-list": "a button's target",
    "account_resend_login_code": "a button's target",
    "mfa_login_webauthn": "told to the page of sign-in",
    "weixin_login": "a button's target",
    "let-wechat-go": "a button's target",
    "weixin_callback": "leads on",
    "mfa_authenticate": "staff",
    "mfa_activate_totp": "staff",
    "mfa_view_recovery_codes": "staff",
    "account_logout": "a button's target",
    "account-remove-authenticator": "tests/signin/test_security.py",
    "unlink-wechat": "a button's target",
    "showcase": "tests/portal/test_showcase_browser.py",
    "showcase-phone": "tests/portal/test_showcase_browser.py",
    "showcase-person": "tests/portal/test_showcase_browser.py",
    "showcase-live": "told to the page of the showcase",
    "showcase-sample": "told to the page of the showcase",
    "showcase-send": "a form's target",
    "showcase-dials": "a form's target",
    "showcase-photo": "a form's target",
    "showcase-letter": "a file",
    "showcase-mail": "a file",
}
