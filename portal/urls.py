"""Every address of the platform."""

from functools import partial

from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.urls import include, path
from wagtail.admin import urls as wagtailadmin_urls

from portal import health
from portal.api import api
from portal.views import (
    benefits,
    change_phone,
    children,
    closing,
    consents,
    devices,
    display,
    face,
    family,
    front,
    history,
    identity,
    inbox,
    level,
    me,
    merge,
    my_data,
    points,
    policies,
    redemptions,
    rewards,
    security,
    showcase,
    sign_in,
    styleguide,
    tier,
    wechat,
)
from portal.views.another_number import CHANGE, CHILD, LOST, MERGE, pages
from portal.views.confirm_it_is_you import ConfirmItIsYou
from portal.views.service_code import EnterServiceCode

handler400 = "portal.views.errors.bad_request"
handler500 = "portal.views.errors.server_error"

urlpatterns = [
    path("", front.front, name="front"),
    path("display", display.display, name="display"),
    path("me", me.me, name="me"),
    path("me/policies", policies.policies, name="my-policies"),
    path("me/tier", tier.tier, name="my-tier"),
    path("me/benefits", benefits.benefits, name="benefits"),
    path("me/family", family.family, name="family"),
    path("me/family/<int:guest_id>/remove", family.remove, name="family-remove"),
    path("me/messages", inbox.inbox, name="my-messages"),
    path("me/history", history.history, name="my-history"),
    path("me/level", level.level, name="level"),
    path("me/level/identity", identity.VerifyIdentity.as_view(), name="verify-identity"),
    path("me/level/identity/verified", identity.verified, name="identity-verified"),
    path("me/level/face", face.prepare, name="face-verify"),
    path("me/level/face/start", face.start, name="face-start"),
    path("me/level/face/frames", face.frames, name="face-frames"),
    path("me/level/face/state", face.state, name="face-state"),
    path("me/level/face/result", face.result, name="face-result"),
    *pages("me/phone", CHANGE, partial(change_phone.change, flow=CHANGE)),
    *pages("me/phone/lost", LOST, partial(change_phone.change, flow=LOST)),
    *pages("me/merge", MERGE, merge.merge),
    *pages("me/children", CHILD, children.agree),
    path("me/children/<int:child_id>/take-back", children.take_back, name="child-consent-take-back"),
    path("me/service-code", EnterServiceCode.as_view(), name="service-code"),
    path("me/close", closing.close, name="close-account"),
    path("me/close/keep", closing.keep, name="keep-account"),
    path("me/consents/", consents.consents, name="consents"),
    path("me/consents/<str:kind>", consents.consent, name="consent"),
    path("me/data/", my_data.my_data, name="my-data"),
    path("me/data/<int:request_id>", my_data.fetch, name="my-data-copy"),
    path("points", points.points, name="points"),
    path("points/history", points.history, name="points-history"),
    path("points/earning", points.earning, name="points-earning"),
    path("points/statement", points.statement, name="points-statement"),
    path("points/rewards", rewards.rewards, name="rewards"),
    path("points/rewards/<slug:sku>", rewards.reward, name="reward"),
    path("points/rewards/<slug:sku>/redeem", rewards.redeem, name="redeem"),
    path("points/rewards/<slug:sku>/picture", rewards.picture, name="reward-picture"),
    path("points/redemptions", redemptions.redemptions, name="redemptions"),
    path("points/redemptions/<int:redemption_id>", redemptions.redemption, name="redemption"),
    path("points/redemptions/<int:redemption_id>/code", redemptions.code, name="redemption-code"),
    path("points/redemptions/<int:redemption_id>/cancel", redemptions.cancel, name="redemption-cancel"),
    path("points/redemptions/<int:redemption_id>/certificate", redemptions.certificate, name="redemption-certificate"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("styleguide/form", styleguide.try_form, name="styleguide-form"),
    path("sign-in", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-in", sign_in.SignIn.as_view(), name="account_request_login_code"),  # what allauth's pages call it
    path("sign-in/code", sign_in.ConfirmCode.as_view(), name="account_confirm_login_code"),
    path("sign-in/code/again", sign_in.resend_code, name="account_resend_login_code"),
    path("sign-in/help", sign_in.cannot_sign_in, name="cannot-sign-in"),
    path("sign-in/closed", sign_in.account_closed, name="account_inactive"),
    path("sign-in/passkey", LoginWebAuthnView.as_view(), name="mfa_login_webauthn"),
    path("sign-in/wechat", wechat.begin, name="weixin_login"),
    path("sign-in/wechat/not-mine", wechat.let_go, name="let-wechat-go"),
    path("sign-in/wechat/back", wechat.come_back, name="weixin_callback"),
    path("sign-in/second-step", AuthenticateView.as_view(), name="mfa_authenticate"),
    path("sign-in/password", sign_in.SignInByPassword.as_view(), name="sign-in-by-password"),
    path("sign-out", devices.sign_out, name="account_logout"),
    path("account/confirm", ConfirmItIsYou.as_view(), name="confirm-it-is-you"),
    path("account/security", security.Security.as_view(), name="mfa_index"),
    path("account/security/password", security.ChangePassword.as_view(), name="account_change_password"),
    path("account/security/passkey", security.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("account/security/authenticator-app", security.AddAuthenticatorApp.as_view(), name="mfa_activate_totp"),
    path("account/security/recovery-codes", security.NewRecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("account/security/<int:pk>/remove", security.remove, name="account-remove-authenticator"),
    path("account/security/wechat", wechat.unlink, name="unlink-wechat"),
    path("account/devices", devices.Devices.as_view(), name="usersessions_list"),
    path("showcase/", showcase.choose, name="showcase"),
    path("showcase/phones/<uuid:code_id>", showcase.show_phone, name="showcase-phone"),
    path("showcase/<str:code>/", showcase.show_person, name="showcase-person"),
    path("showcase/<str:code>/live", showcase.show_live, name="showcase-live"),
    path("showcase/<str:code>/sample", showcase.show_sample, name="showcase-sample"),
    path("showcase/<str:code>/events", showcase.send_event, name="showcase-send"),
    path("showcase/<str:code>/dials", showcase.set_dials, name="showcase-dials"),
    path("showcase/<str:code>/photo", showcase.keep_photo, name="showcase-photo"),
    path("showcase/<str:code>/letters/<int:letter_id>", showcase.open_letter, name="showcase-letter"),
    path("showcase/<str:code>/mails/<str:key>/<int:number>", showcase.open_attachment, name="showcase-mail"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("", include("django_prometheus.urls")),
    path("", include("portal.views.partners")),
    path("_allauth/app/v1/", include("portal.views.app_sign_in")),
    path("api/v1/", api.urls),
    path("admin/", include(wagtailadmin_urls)),
]

# Anybody could report bounces where the providers have no secret to show.
if settings.ANYMAIL.get("WEBHOOK_SECRET"):
    urlpatterns.append(path("anymail/", include("anymail.urls")))
