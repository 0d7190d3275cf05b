"""What the pages of rules' drafts and of campaigns have in common: one proposes, another decides."""

from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _

from members.actions.decide_policy_change import NoReasonGiven, SamePerson
from members.staff.remarks import NO_REASON_GIVEN, RemarkForm
from members.staff.showing import ShowingInspectView
from points.actions.decide_campaign import NotRunning
from points.actions.proposals import AlreadyDecided, NotADraft, NotProposed
from points.earning.checking import BadTerms
from points.models import EarningCampaign, RuleChange

#: What an act may raise that `in_words` tells.
REFUSALS = (AlreadyDecided, SamePerson, NoReasonGiven, NotADraft, NotProposed, NotRunning, BadTerms)


def in_words(refusal: Exception) -> str:
    match refusal:
        case AlreadyDecided(proposal=proposal):
            said = {"who": proposal.decided_by, "decision": proposal.get_state_display()}
            return _("%(who)s was faster; the decision is: %(decision)s.") % said
        case SamePerson():
            return _("You proposed this yourself. Ask somebody else to decide.")
        case NoReasonGiven():
            return str(NO_REASON_GIVEN)
        case BadTerms(faults=faults):
            return " ".join(faults.values())
    return _("Somebody was faster; look at what became of it.")


class ProposalPage(ShowingInspectView):
    """`addresses`: the viewset's, with `act` and `revise` among them; `draft` and `decide`: permissions."""

    addresses: ClassVar[str]
    draft: ClassVar[str]
    decide: ClassVar[str]

    def get_page_subtitle(self) -> str:
        return str(self.object.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal: RuleChange | EarningCampaign = self.object
        user, states = self.request.user, proposal.State
        own = user.pk in (proposal.drafted_by_id, proposal.proposed_by_id)
        proposed = proposal.state == states.PROPOSED
        return super().get_context_data(
            act_url=reverse(f"{self.addresses}:act", args=[proposal.pk]),
            revise_url=reverse(f"{self.addresses}:revise", args=[proposal.pk]),
            may_draft=proposal.state == states.DRAFT and user.has_perm(self.draft),
            may_withdraw=proposal.state in proposal.OPEN and user.has_perm(self.draft),
            may_decide=proposed and user.has_perm(self.decide) and not own,
            is_own=proposed and own,
            form=RemarkForm(),
            **kwargs,
        )
