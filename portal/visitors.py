"""Who is asking."""

from django.http import HttpRequest

from members.models import Member


def member_of(request: HttpRequest) -> Member:
    """Whoever is signed in, where nobody else gets to."""
    assert isinstance(request.user, Member)
    return request.user
