"""Making letters: typeset, signed and archived, one per (cause, recipient), whoever asks and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex

from django.core.files.base import ContentFile
from django.db.models import Q

from members.crypto import CannotOpen
from notifications.channels import Outgoing
from notifications.letters.content import LetterContent
from notifications.letters.glyphs import MissingGlyphs
from notifications.letters.identity import BadSigningKey
from notifications.letters.signing import sign
from notifications.letters.typesetting import NotTypeset, typeset
from notifications.models import Letter

Person = tuple[str, str]  # cause, recipient


@dataclass(frozen=True)
class Made:
    """A letter in the archive, and its PDF as it was signed."""

    letter: Letter
    pdf: bytes


@dataclass(frozen=True)
class Refused:
    """Why there is no letter; holds nothing of what it says. `passing`: it may be made later."""

    reason: str
    passing: bool = False


def make_letters(*, outgoings: Sequence[Outgoing]) -> dict[str, Made | Refused]:
    """The letters of these messages by their key, from the archive where they are there already.

    Of two processes that make the same letter at once, the one whose row comes first wins, and the other takes the
    winner's document and deletes its own. Who dies between file and row leaves a file that no row names: sealed,
    under a random name, never read.
    """
    archived = letters_of(outgoings)
    made: dict[str, Made | Refused] = {}
    fresh: dict[Person, tuple[Letter, bytes]] = {}
    for outgoing in outgoings:
        person = (outgoing.cause, outgoing.recipient)
        if person in archived or person in fresh:
            continue
        try:
            fresh[person] = new_letter(outgoing)
        except (MissingGlyphs, NotTypeset) as error:
            made[outgoing.key] = Refused(str(error))
        except BadSigningKey as error:
            made[outgoing.key] = Refused(str(error), passing=True)
        except (ValueError, KeyError, TypeError):
            made[outgoing.key] = Refused("the text is not that of a letter")
        except OSError as error:
            made[outgoing.key] = Refused(f"the archive takes nothing: {type(error).__name__}", passing=True)
    Letter.objects.bulk_create([letter for letter, _ in fresh.values()], ignore_conflicts=True)
    winners = letters_of(outgoings)
    pdfs: dict[Person, bytes] = {}
    for person, (letter, pdf) in fresh.items():
        if winners[person].document.name == letter.document.name:
            pdfs[person] = pdf
        else:
            letter.document.delete(save=False)
    for outgoing in outgoings:
        person = (outgoing.cause, outgoing.recipient)
        if person in winners and outgoing.key not in made:
            winner = winners[person]
            try:
                if person not in pdfs:
                    with winner.document.open() as file:
                        pdfs[person] = file.read()
            except (OSError, CannotOpen) as error:
                made[outgoing.key] = Refused(f"the archive can't be read: {type(error).__name__}", passing=True)
            else:
                made[outgoing.key] = Made(winner, pdfs[person])
    return made


def letters_of(outgoings: Sequence[Outgoing]) -> dict[Person, Letter]:
    causes = {outgoing.cause for outgoing in outgoings}
    recipients = {outgoing.recipient for outgoing in outgoings}
    found = Letter.objects.filter(Q(cause__in=causes) & Q(recipient__in=recipients))
    return {(letter.cause, letter.recipient): letter for letter in found}


def new_letter(outgoing: Outgoing) -> tuple[Letter, bytes]:
    """An unsaved letter whose file is written. Raises what typesetting raises, ValueError, KeyError, TypeError."""
    if outgoing.template_revision_id is None:
        raise ValueError("a letter's text has a revision")
    signed = sign(typeset(LetterContent.from_json(outgoing.body)))
    letter = Letter(
        cause=outgoing.cause,
        recipient=outgoing.recipient,
        template_revision_id=outgoing.template_revision_id,
        sha256=sha256(signed.content).hexdigest(),
        pages=signed.pages,
    )
    letter.document.save(f"{token_hex(16)}.pdf", ContentFile(signed.content), save=False)
    return letter, signed.content
