"""The API, version 1: what the insurer's core and the providers of channels call. Documentation at /api/v1/docs."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from members.api import Problem
from members.api import router as members_router
from notifications.api import router as notifications_router

api = NinjaAPI(title="Banyan", version="1", urls_namespace="api-v1")
api.add_router("", members_router)
api.add_router("", notifications_router)


@api.exception_handler(Problem)
def answer_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    answer = api.create_response(request, {"error": problem.fault.as_json()}, status=problem.status)
    for name, value in problem.headers.items():
        answer[name] = value
    return answer
