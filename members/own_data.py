"""What `members` itself keeps about a member."""

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

from members.actions.merge_accounts import forget_person
from members.actions.purge_face_evidence import destroy_face_data
from members.models import FaceReview, Member, Policy
from members.personal_data import ACCOUNT, Kept, Section, register_personal_data

CUSTOMER = ("customer_no", "name", "name_en", "gender", "birth_date", "id_type", "id_no", "id_valid_to")
CONTACT = ("mobile", "email", "province", "city", "district", "address", "postcode")


def export_account(member: Member) -> list[Section]:
    return [
        Section.of(_("Account"), [member], ("mobile", "name", "email", "language", "created_at")),
        Section.of(
            _("Levels"),
            member.level_grants.order_by("pk"),
            ("level", "method", "entrance", "granted_at", "expires_at", "revoked_at"),
        ),
        Section.of(
            _("Consents"),
            member.consents.order_by("pk"),
            ("kind", "version", "given_at", "entrance", "ended_at", "ending"),
        ),
        Section.of(
            _("Devices"),
            UserSession.objects.filter(user=member).order_by("pk"),
            ("user_agent", "ip", "created_at", "last_seen_at"),
        ),
        Section.of(_("Blocks"), member.blocks.order_by("pk"), ("reason", "entrance", "blocked_at", "released_at")),
        Section.of(
            _("Numbers that were taken off"),
            member.lost_numbers.order_by("pk"),
            ("evidence", "taken_off_at", "given_back_at"),
        ),
        Section.of(
            _("Advanced levels that people decided about"),
            member.level_reviews.order_by("pk"),
            ("reason", "entrance", "proposed_at", "decision", "decided_at"),
        ),
        Section.of(
            _("What happened in your account"),
            member.account_events.order_by("pk"),
            ("kind", "entrance", "occurred_at"),
        ),
        Section.of(_("What your membership brought"), member.membership_events.order_by("pk"), ("code", "raised_at")),
    ]


def erase_account(member: Member) -> list[Kept]:
    """Everything that says who the member was; what remains are rows without a name to them."""
    member.wechat_bindings.all().delete()
    member.proofs.all().delete()
    member.proven_numbers.all().delete()
    member.membership_events.all().delete()
    forget_person(member)
    return [
        Kept(
            _("Which consents were given and withdrawn, and what was done in the account, without name or number"),
            _("as proof of what was agreed (Personal Information Protection Law, art. 14 and 69)"),
        )
    ]


def export_insurance(member: Member) -> list[Section]:
    if not member.customer:
        return []
    policies = Policy.objects.filter(roles__customer=member.customer).distinct().order_by("policy_no")
    return [
        Section.of(_("What the insurer's record says of you"), [member.customer], CUSTOMER + CONTACT),
        Section.of(
            _("Policies"),
            policies,
            ("policy_no", "status", "applied_on", "effective_on", "premium", "paid_to_on", "sum_assured"),
        ),
    ]


def keep_insurance(member: Member) -> list[Kept]:
    """The insurer's own record is not the account's to erase."""
    if not member.customer:
        return []
    return [
        Kept(
            _("Your policies and what belongs to them"),
            _("for ten years after the contract ends, five where it was for a year or less (Insurance Law, art. 87)"),
        ),
        Kept(
            _("Your name, document and contact details in the insurer's record"),
            _("for ten years after the business relationship ends (Anti-Money-Laundering Law, art. 34)"),
        ),
    ]


def export_face(member: Member) -> list[Section]:
    sessions = member.face_sessions.order_by("pk")
    reviews = FaceReview.objects.filter(session__member=member).order_by("pk")
    return [
        Section.of(_("Face checks"), sessions, ("entrance", "outcome", "reason", "distance", "decided_at")),
        Section.of(_("Face checks that people decided about"), reviews, ("opened_at", "approved", "decided_at")),
    ]


def erase_face(member: Member) -> list[Kept]:
    """Pictures go at once; what remains of a check is its outcome, without a face."""
    destroy_face_data(member=member)
    return []


register_personal_data(ACCOUNT, export=export_account, erase=erase_account)
register_personal_data("insurance", export=export_insurance, erase=keep_insurance)
register_personal_data("face", export=export_face, erase=erase_face)
