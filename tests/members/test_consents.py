"""Consents: separate, versioned, as easily withdrawn as given, with proof; for a child by an adult."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from members import consents
from members.actions.agree_for_child import (
    agree_for_child,
    end_guardian_consent,
    take_back_for_child,
    take_guardian_consent,
)
from members.actions.give_consent import (
    NeededForAccount,
    TextOutdated,
    give_consent,
    withdraw_consent,
)
from members.ages import age_on
from members.assurance import FactorNeeded, LevelTooLow, MemberInactive
from members.consents import ConsentText, NoSuchText, all_texts, current_text, current_version
from members.entrances import Entrance
from members.events import FacePurgeAsked, face_purge_asked
from members.minors import GuardianNeeded, NotAGuardian, is_child, require_guardian
from members.models import AccountEvent, Consent, Language, Level, Member
from members.queries import consents_to_give, has_live_consent, level_of
from members.roles import Role
from members.staff.member_acts import GuardianView
from tests.factories import CustomerFactory, MemberFactory
from tests.members.accounts import AT_WEB, advanced, proved, staff, verified

pytestmark = pytest.mark.django_db
Kind = Consent.Kind


def agree(member, kind=Kind.MARKETING_SMS, version=1, **more):
    return give_consent(
        member=member, kind=kind, version=version, **{"language": "zh-hans", "entrance": Entrance.WEB, **more}
    )


def take_back(member, kind=Kind.MARKETING_SMS):
    return withdraw_consent(member=member, kind=kind, context=AT_WEB)


def born(years_ago, **more):
    today = timezone.localdate()
    return CustomerFactory(birth_date=date(today.year - years_ago, 1, 1), **more)


def test_it_works():
    alice = MemberFactory()
    consent = agree(alice)
    assert has_live_consent(alice, Kind.MARKETING_SMS)
    assert not has_live_consent(alice, Kind.MARKETING_APP)
    assert (consent.version, consent.entrance, consent.language) == (1, "web", "zh-hans")
    assert bytes(consent.text_hash) == current_text(Kind.MARKETING_SMS, "zh-hans").digest
    assert agree(alice) == consent
    assert take_back(alice) is True
    assert not has_live_consent(alice, Kind.MARKETING_SMS)
    assert take_back(alice) is False
    assert agree(alice).pk != consent.pk
    assert [event.kind for event in AccountEvent.objects.order_by("id")] == [
        "consent_given",
        "consent_withdrawn",
        "consent_given",
    ]


def test_the_words_in_another_language_are_other_words():
    chinese, english = (current_text(Kind.FACE, language) for language in Language)
    assert chinese.digest != english.digest
    assert len(english.digest) == 32


def test_every_kind_has_a_text_in_both_languages_that_says_what_follows():
    for kind in Kind:
        for language in Language:
            text = current_text(kind, language)
            assert text.title and text.summary and len(text.body) >= 3 and text.given and text.withdrawn, kind


def test_texts_once_in_force_are_never_changed():
    """Consents were given to these words. Whoever changes one writes a new version."""
    digests = {
        f"{kind}-{version}.{language}": text.digest.hex()[:12]
        for (kind, version, language), text in all_texts().items()
    }
    assert digests == IN_FORCE


@pytest.fixture
def newer_terms(monkeypatch):
    """Version 2 of the terms, in force since yesterday."""
    texts = dict(all_texts())
    for language in Language:
        old = texts[Kind.TERMS, 1, language]
        texts[Kind.TERMS, 2, language] = ConsentText(
            **{**vars(old), "version": 2, "effective_on": timezone.localdate() - timedelta(days=1)}
        )
    monkeypatch.setattr(consents, "all_texts", lambda: texts)


def test_new_version_asks_again_and_the_old_consent_ends_when_it_is_given(request):
    alice = MemberFactory()
    assert consents_to_give(alice) == [Kind.TERMS, Kind.PRIVACY]
    agree(alice, Kind.PRIVACY)
    old = agree(alice, Kind.TERMS)
    assert consents_to_give(alice) == []
    request.getfixturevalue("newer_terms")
    assert current_version(Kind.TERMS) == 2
    assert consents_to_give(alice) == [Kind.TERMS]
    with pytest.raises(TextOutdated):
        agree(alice, Kind.TERMS, version=1)
    agree(alice, Kind.TERMS, version=2)
    old.refresh_from_db()
    assert (old.ending, consents_to_give(alice)) == ("superseded", [])


def test_version_that_nobody_wrote_or_that_is_not_in_force_yet(newer_terms):
    with pytest.raises(NoSuchText):
        agree(MemberFactory(), version=9)
    assert current_version(Kind.TERMS, timezone.localdate() - timedelta(days=2)) == 1


def test_face_withdrawn_ends_the_advanced_level_alone_and_asks_for_destruction():
    alice = advanced(MemberFactory())
    agree(alice, Kind.FACE)
    purged = []

    def listen(fact, **_):
        purged.append(fact)

    face_purge_asked.connect(listen)
    try:
        take_back(alice, Kind.FACE)
    finally:
        face_purge_asked.disconnect(listen)
    assert level_of(alice) == Level.VERIFIED
    assert alice.level_grants.get(level=Level.ADVANCED).revocation == "consent_withdrawn"
    assert purged == [FacePurgeAsked(member_id=alice.pk)]


@pytest.mark.parametrize("kind", [Kind.TERMS, Kind.PRIVACY])
def test_what_the_account_rests_on_ends_with_the_account(kind):
    alice = MemberFactory()
    agree(alice, kind)
    with pytest.raises(NeededForAccount):
        take_back(alice, kind)
    assert has_live_consent(alice, kind)


def test_database_keeps_one_live_consent_of_a_kind_and_its_words():
    alice = MemberFactory()
    consent = agree(alice)
    row = {name: getattr(consent, name) for name in ("member", "kind", "version", "language", "text_hash", "entrance")}
    with pytest.raises(IntegrityError, match="consent_one_live_of_a_kind"), transaction.atomic():
        Consent.objects.create(**row)
    for change in ({"version": 2}, {"text_hash": b"x" * 32}, {"given_at": timezone.now()}):
        with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
            Consent.objects.filter(pk=consent.pk).update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        consent.delete()
    take_back(alice)
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Consent.objects.filter(pk=consent.pk).update(ended_at=None, ending="", ended_entrance="")


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(2012, 11, 26), date(2026, 11, 25), 13),
        (date(2012, 11, 25), date(2026, 11, 25), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_age(birth, on, years):
    assert age_on(birth, on) == years
    assert is_child(CustomerFactory.build(birth_date=birth), on) is (years < 14)


def test_child_has_no_account_and_no_face_without_a_guardian():
    mother = verified(MemberFactory(customer=born(40)))
    ward = born(12, guardian=mother.customer)
    child = MemberFactory()
    with pytest.raises(GuardianNeeded):
        require_guardian(child, ward)
    consent = guardian_agrees(child, mother)
    assert consent.guardian == mother.customer
    require_guardian(child, ward)
    child.customer = ward
    child.save()
    agree(child, Kind.FACE)
    advanced(child)
    take_back(child, Kind.GUARDIAN)
    assert level_of(child) == Level.VERIFIED
    with pytest.raises(GuardianNeeded):
        require_guardian(child)
    assert not has_live_consent(child, Kind.FACE)


def test_neighbour_may_not_agree_for_a_child():
    mother, neighbour = born(40), verified(MemberFactory(customer=born(50)))
    child = MemberFactory(customer=born(12, guardian=mother))
    with pytest.raises(NotAGuardian):
        guardian_agrees(child, neighbour)
    # Nor for one whom nobody knows yet: when the child turns out to be somebody's, that consent is nothing.
    unknown = MemberFactory()
    guardian_agrees(unknown, neighbour)
    with pytest.raises(GuardianNeeded):
        require_guardian(unknown, child.customer)


def test_the_right_guardian_s_consent_takes_the_place_of_another_s():
    """Whoever had the child's phone first doesn't lock the parents out."""
    mother, neighbour = verified(MemberFactory(customer=born(40))), verified(MemberFactory(customer=born(50)))
    child, ward = MemberFactory(), born(12, guardian=mother.customer)
    first = guardian_agrees(child, neighbour)
    second = guardian_agrees(child, mother)
    assert guardian_agrees(child, mother) == second
    require_guardian(child, ward)
    first.refresh_from_db()
    assert (first.ending, second.guardian) == ("superseded", mother.customer)


def test_a_stranger_with_the_child_s_phone_puts_nothing_in_the_place_of_the_guardian_s():
    """The number says whose child it may be before anybody has verified it."""
    mother, neighbour = verified(MemberFactory(customer=born(40))), verified(MemberFactory(customer=born(50)))
    child = MemberFactory()
    ward = born(12, guardian=mother.customer, mobile=child.mobile)
    CustomerFactory(mobile=child.mobile, birth_date=mother.customer.birth_date)  # a family with one phone
    guardian_agrees(child, mother)
    with pytest.raises(NotAGuardian):
        guardian_agrees(child, neighbour)
    require_guardian(child, ward)


def test_a_stranger_with_the_child_s_phone_puts_nothing_in_the_place_of_what_the_counter_took():
    agent, neighbour = MemberFactory(is_staff=True), verified(MemberFactory(customer=born(50)))
    agent.groups.add(Group.objects.get(name=Role.SERVICE_AGENT))
    child = MemberFactory()
    taken = take_guardian_consent(child=child, by=agent)
    assert guardian_agrees(child, neighbour) == taken
    require_guardian(child, born(12))


def test_the_counter_takes_a_consent_where_a_stranger_has_given_one():
    agent, neighbour = MemberFactory(is_staff=True), verified(MemberFactory(customer=born(50)))
    agent.groups.add(Group.objects.get(name=Role.SERVICE_AGENT))
    child = MemberFactory()
    guardian_agrees(child, neighbour)
    child.customer = born(12)
    child.save()
    assert GuardianView.fits(child)
    take_guardian_consent(child=child, by=agent)
    require_guardian(child)
    assert not GuardianView.fits(child)


@pytest.mark.parametrize("who", ["no customer", "a sister of 17", "age unknown"])
def test_guardian_is_an_adult_whom_the_insurer_knows(who):
    years = {"a sister of 17": 17}.get(who, 40)
    customer = None if who == "no customer" else born(years)
    if who == "age unknown":
        customer = CustomerFactory(birth_date=None)
    with pytest.raises(NotAGuardian):
        guardian_agrees(MemberFactory(), verified(MemberFactory(customer=customer)))


def test_guardian_is_verified_and_has_just_shown_who_they_are():
    unverified, idle = MemberFactory(customer=born(40)), verified(MemberFactory(customer=born(40)))
    with pytest.raises(LevelTooLow):
        guardian_agrees(MemberFactory(), unverified)
    with pytest.raises(FactorNeeded):
        agree_for_child(child=MemberFactory(), guardian=idle, version=1, language="en", context=AT_WEB)


def test_only_who_agreed_takes_it_back():
    mother, father = verified(MemberFactory(customer=born(40))), verified(MemberFactory(customer=born(41)))
    child = MemberFactory(customer=born(12, guardian=mother.customer))
    guardian_agrees(child, mother)
    with pytest.raises(NotAGuardian):
        take_back_for_child(child=child, guardian=father, context=AT_WEB)
    require_guardian(child)
    assert take_back_for_child(child=child, guardian=mother, context=AT_WEB) is True
    with pytest.raises(GuardianNeeded):
        require_guardian(child)


def test_taking_back_asks_who_the_guardian_is_and_not_the_child():
    mother = verified(MemberFactory(customer=born(40)))
    child = MemberFactory(customer=born(12, guardian=mother.customer))
    guardian_agrees(child, mother)
    Member.objects.filter(pk=child.pk).update(is_active=False)
    assert take_back_for_child(child=child, guardian=mother, context=AT_WEB)
    Member.objects.filter(pk=mother.pk).update(is_active=False)
    with pytest.raises(MemberInactive):
        take_back_for_child(child=child, guardian=Member.objects.get(pk=mother.pk), context=AT_WEB)


def test_at_the_counter_staff_see_the_papers():
    agent, child = MemberFactory(is_staff=True), MemberFactory(customer=born(12))
    with pytest.raises(PermissionDenied):
        take_guardian_consent(child=child, by=agent)
    agent.groups.add(Group.objects.get(name=Role.SERVICE_AGENT))
    agent = Member.objects.get(pk=agent.pk)
    assert take_guardian_consent(child=child, by=agent).entrance == Entrance.COUNTER
    require_guardian(child)
    with pytest.raises(ValueError, match="itself"):
        agree(child, Kind.GUARDIAN)


def test_at_the_counter_a_guardian_takes_back_what_was_agreed_to_anywhere():
    agent = staff(Role.SERVICE_AGENT)
    child = MemberFactory(customer=born(12))
    assert not end_guardian_consent(child=child, by=agent)
    take_guardian_consent(child=child, by=agent)
    with pytest.raises(PermissionDenied):
        end_guardian_consent(child=child, by=MemberFactory(is_staff=True))
    assert end_guardian_consent(child=child, by=agent)
    with pytest.raises(GuardianNeeded):
        require_guardian(child)
    event = child.account_events.get(kind="consent_withdrawn")
    assert (event.by, event.entrance) == (agent, "counter")


def guardian_agrees(child, guardian):
    proved(guardian)
    return agree_for_child(child=child, guardian=guardian, version=1, language="zh-hans", context=AT_WEB)


#: kind-version.language → the first digits of the words' hash.
IN_FORCE = {
    "face-1.zh-hans": "877133cc8863",
    "face-1.en": "f400507359a7",
    "guardian-1.zh-hans": "2a3501f6e87e",
    "guardian-1.en": "b967be24ae8e",
    "marketing_app-1.zh-hans": "0b97f2337629",
    "marketing_app-1.en": "fadd88359558",
    "marketing_email-1.zh-hans": "0285705566db",
    "marketing_email-1.en": "bb639dcd525a",
    "marketing_sms-1.zh-hans": "248fb9ebf810",
    "marketing_sms-1.en": "01f59f3b2549",
    "marketing_wechat-1.zh-hans": "8541ea7bd785",
    "marketing_wechat-1.en": "f0ef3275e1e6",
    "privacy-1.zh-hans": "3d1afa98e23b",
    "privacy-1.en": "5b18516ad74d",
    "terms-1.zh-hans": "3c9389c71570",
    "terms-1.en": "73db65887f61",
}
