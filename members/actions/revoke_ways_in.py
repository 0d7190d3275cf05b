"""Whatever opened an account opens it no more, since somebody else may have had it."""

from members.actions.record_proof import end_proofs
from members.events import WaysInRevoked, ways_in_revoked
from members.models import Member


def revoke_ways_in(member: Member, *, but_of: str = "") -> None:
    """Ends sessions, proofs, password, passkeys and WeChat of an account that the caller has locked.

    Whoever took it over may have added some of them. From then on only a code on its phone opens it, and the member
    adds what they want anew. `but_of`: the session (its mark) in which the real member is; its edge keeps it signed in.
    """
    # Every session hangs on the password, those that no list of devices shows too.
    member.set_unusable_password()
    member.save(update_fields=["password"])
    end_proofs(member, but_of=but_of)
    ways_in_revoked.send(WaysInRevoked, fact=WaysInRevoked(member_id=member.pk, but_of=but_of))
