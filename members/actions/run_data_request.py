"""Works off a request about personal data, part by part, so that progress shows and a lost worker loses little."""

import io
import json
import zipfile
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from members import own_data  # noqa: F401  registers what members itself keeps
from members.actions.record_account_event import record_account_event
from members.models import AccountEvent, DataRequest
from members.personal_data import Kept, Section, parts

Kind, State = DataRequest.Kind, DataRequest.State
#: A worker that has not been heard of for so long is dead. A part takes seconds.
SILENCE = timedelta(minutes=5)


def run_data_request(*, request_id: int) -> bool:
    """Does what was asked; False where that is done, or another worker is at it. Once more does no harm."""
    request = claim(request_id)
    if request is None:
        return False
    with translation.override(request.language):
        if request.kind == Kind.EXPORT:
            copy_data(request)
        else:
            erase_data(request)
    return True


def unattended_data_requests() -> list[int]:
    """Ids of those whose task or worker was lost."""
    free = Q(state=State.WAITING, requested_at__lt=timezone.now() - timedelta(minutes=1)) | Q(
        state=State.RUNNING, lease_until__lt=timezone.now()
    )
    return list(DataRequest.objects.filter(free).values_list("pk", flat=True))


def claim(request_id: int) -> DataRequest | None:
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lt=timezone.now())
    claimed = DataRequest.objects.filter(free, pk=request_id).update(
        state=State.RUNNING, lease_until=timezone.now() + SILENCE, steps=len(parts()), steps_done=0
    )
    return DataRequest.objects.select_related("member__customer").get(pk=request_id) if claimed else None


def step_done(request: DataRequest) -> None:
    DataRequest.objects.filter(pk=request.pk).update(
        steps_done=F("steps_done") + 1, lease_until=timezone.now() + SILENCE
    )


def copy_data(request: DataRequest) -> None:
    sections: dict[str, list[Section]] = {}
    for part in parts():
        sections[part.name] = part.export(request.member)
        step_done(request)
    now = timezone.now()
    request.file.save(f"{request.pk}.zip", ContentFile(packed(request, sections)), save=False)
    DataRequest.objects.filter(pk=request.pk).update(
        state=State.DONE,
        file=request.file.name,
        lease_until=None,
        finished_at=now,
        expires_at=now + settings.DATA_COPY_LASTS,
    )


def packed(request: DataRequest, sections: dict[str, list[Section]]) -> bytes:
    """A ZIP file: data.json for programs, a page for people."""
    page = render_to_string(
        "members/personal_data.html",
        {
            "sections": [section for several in sections.values() for section in several],
            "made_at": timezone.now(),
            "insurer_name": settings.INSURER_NAME[request.language],
            "english": request.language == "en",
        },
    )
    data = {name: [asdict(section) for section in several] for name, several in sections.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder))
        archive.writestr("data.html", page)
    return made.getvalue()


def erase_data(request: DataRequest) -> None:
    kept: list[Kept] = []
    for part in parts():
        with transaction.atomic():
            kept += part.erase(request.member)
        step_done(request)
    with transaction.atomic():
        DataRequest.objects.filter(pk=request.pk).update(
            state=State.DONE,
            lease_until=None,
            finished_at=timezone.now(),
            kept=[asdict(one) | {"until": one.until and one.until.isoformat()} for one in kept],
        )
        record_account_event(member=request.member, kind=AccountEvent.Kind.DATA_ERASED, entrance=request.entrance)
