"""The API, version 1: for the insurer's core, the providers of channels, and the app. Documentation at /api/v1/docs."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from members.api import Problem
from members.api import router as members_router
from members.assurance import AssuranceRefused
from notifications.api import router as notifications_router
from portal import (
    benefits_api,
    bookings_api,
    cases_api,
    consents_api,
    documents_api,
    history_api,
    member_api,
    points_api,
    rewards_api,
    tier_api,
)

api = NinjaAPI(title="Banyan", version="1", urls_namespace="api-v1")
api.add_router("", members_router)
api.add_router("", notifications_router)
api.add_router("", member_api.router)
api.add_router("", consents_api.router)
api.add_router("", history_api.router)
api.add_router("", points_api.router)
api.add_router("", rewards_api.router)
api.add_router("", tier_api.router)
api.add_router("", benefits_api.router)
api.add_router("", bookings_api.router)
api.add_router("", cases_api.router)
api.add_router("", documents_api.router)


@api.exception_handler(Problem)
def answer_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    answer = api.create_response(request, {"error": problem.fault.as_json()}, status=problem.status)
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


@api.exception_handler(AssuranceRefused)
def answer_refusal(request: HttpRequest, refused: AssuranceRefused) -> HttpResponse:
    status, body, headers = member_api.refusal(refused)
    answer = api.create_response(request, body, status=status)
    for name, value in headers.items():
        answer[name] = value
    return answer


def answer_with_explanation(request: HttpRequest, refused: Exception | type[Exception]) -> HttpResponse:
    assert isinstance(refused, Exception)  # ninja hands on what was raised
    status, body = member_api.explanation(refused)
    return api.create_response(request, body, status=status)


for kind in member_api.ANSWERS:
    api.add_exception_handler(kind, answer_with_explanation)
