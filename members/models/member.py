"""The member: one account, whatever entrance it comes through."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from members.crypto import blind_index
from members.fields import BlindIndexField, SealedTextField
from members.models.customer import Customer, Language
from members.phone import e164, mask


class MemberManager(BaseUserManager["Member"]):
    def with_mobile(self, mobile: str) -> models.QuerySet["Member"]:
        """The member with this number, however it is written. Raises NotAMobileNumber."""
        return self.filter(mobile_index=blind_index(e164(mobile), "mobile"))

    def get_by_natural_key(self, username: str | None) -> "Member":
        try:
            return self.with_mobile(username or "").get()
        except ValueError as error:
            raise self.model.DoesNotExist from error

    def create_user(self, mobile: str, password: str | None = None, **extra: Any) -> "Member":
        member = self.model(mobile=e164(mobile), **extra)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(self, mobile: str, password: str | None = None, **extra: Any) -> "Member":
        return self.create_user(mobile, password, is_staff=True, is_superuser=True, **extra)


class Member(AbstractBaseUser, PermissionsMixin):
    """An account. Identified by a mobile number; at most one per customer."""

    mobile = SealedTextField(_("mobile number"))
    mobile_index = BlindIndexField(source="mobile", purpose="mobile", unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = SealedTextField(_("e-mail"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=Language, default=Language.CHINESE)
    customer = models.OneToOneField(
        Customer, models.PROTECT, null=True, blank=True, related_name="member", verbose_name=_("customer")
    )
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    #: After a change of phone, and while fraud is looked into: nothing risky until then.
    cooling_until = models.DateTimeField(_("cooling until"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    objects: ClassVar[MemberManager] = MemberManager()
    USERNAME_FIELD = "mobile"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        # Apart from Django's own, which open Wagtail's list of users.
        permissions = [
            ("open_member", _("Can open members' files")),
            ("unmask_member", _("Can be shown members' numbers")),
            ("invite_member", _("Can send members a code to go on alone")),
            ("verify_member", _("Can verify members in person")),
            ("review_member", _("Can review members for the advanced level")),
            ("block_member", _("Can block members")),
            ("release_member", _("Can unblock members")),
        ]

    def __str__(self) -> str:
        return f"{self.name or _('member')} {mask(self.mobile)}"

    @property
    def first_name(self) -> str:
        """Wagtail greets its users by this."""
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class WeChatBinding(models.Model):
    """A member's identity at one of the insurer's WeChat applications; `unionid` is the same at all of them."""

    member = models.ForeignKey(Member, models.CASCADE, related_name="wechat_bindings")
    appid = models.CharField(max_length=64)
    openid = models.CharField(max_length=64)
    unionid = models.CharField(max_length=64, blank=True, db_index=True)
    bound_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("WeChat binding")
        verbose_name_plural = _("WeChat bindings")
        constraints = [models.UniqueConstraint(fields=["appid", "openid"], name="wechat_openid_once_per_app")]

    def __str__(self) -> str:
        return f"{self.appid} {self.openid[:6]}…"
