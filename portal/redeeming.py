"""A reward that a member has chosen and not confirmed yet.

Its key goes along with the confirmation: pressed twice, it is one redemption.
"""

from dataclasses import asdict, dataclass
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefits.queries.tiers import tier_of
from members.models import Member
from members.phone import mask
from points.models import CharityProject
from points.rewards.offers import Offer
from portal import chosen
from portal.sign_in_forms import MobileField

IN_SESSION = "redeeming"


@dataclass(frozen=True)
class Choice:
    """`mobile` E.164, empty where none was asked for; `points`: the price that was shown."""

    sku: str
    points: int
    key: str
    mobile: str = ""
    project_id: int | None = None


class ChoiceForm(forms.Form):
    """What one reward asks for beside a yes: a number, a project, or nothing."""

    def __init__(self, *args: object, offer: Offer, member: Member, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.offer, self.member = offer, member
        if offer.asks_mobile:
            self.fields["mobile"] = MobileField(
                label=_("Mobile number that it is for"),
                help_text=_("Leave it empty for your own: %(mobile)s") % {"mobile": mask(member.mobile)},
                required=not member.mobile,
            )
        if offer.asks_project:
            projects = CharityProject.objects.filter(is_open=True)
            self.fields["project"] = forms.ModelChoiceField(
                projects,
                initial=projects.first() if projects.count() == 1 else None,
                label=_("Whom is it for?"),
                widget=forms.RadioSelect,
                empty_label=None,
                error_messages={"required": gettext_lazy("Please choose whom it is for.")},
            )

    def choice(self) -> Choice:
        """Of a valid form."""
        project = self.cleaned_data.get("project")
        return Choice(
            sku=self.offer.reward.sku,
            points=self.offer.points,
            key=uuid4().hex,
            mobile=self.cleaned_data.get("mobile") or (self.member.mobile if self.offer.asks_mobile else ""),
            project_id=project.pk if project else None,
        )


def keep(request: HttpRequest, choice: Choice) -> None:
    chosen.keep(request, IN_SESSION, choice.sku, asdict(choice))


def kept(request: HttpRequest, sku: str) -> Choice | None:
    """None where nothing of this reward was chosen in this session."""
    found = chosen.kept(request, IN_SESSION, sku)
    return Choice(**found) if found else None


def tier_now(member: Member) -> str:
    """By which the member's prices go; empty for none."""
    return tier_of(member.customer_id, on=timezone.localdate())
