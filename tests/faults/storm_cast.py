"""Who is told what in the storm: `python -m tests.faults.storm_cast` fills an empty installation, prints an API key."""

import io
import sys
from collections.abc import Iterator
from typing import Any

PEOPLE = 60
RECEIVED = {
    "loan.repaid": ("amount", "pay_date", "balance"),
    "policy_admin.service_agent_changed": ("effective_date", "agent_name", "agent_mobile"),
    "verification.otp": ("otp", "service_name", "minutes"),
}
VALUES = {
    "amount": "3200.00",
    "pay_date": "2026-11-20",
    "balance": "8000.00",
    "effective_date": "2026-12-01",
    "agent_name": "李明",
    "agent_mobile": "13900000001",
    "otp": "582914",
    "service_name": "登录",
    "minutes": 60,
}


def prefers_wechat(number: int) -> bool:
    return number % 3 == 0


def takes_e_letters(number: int) -> bool:
    return number % 2 == 0


def channels(code: str, number: int) -> set[str]:
    """On which channels person `number` hears of an event, by hand from the catalogue's route."""
    push = "wechat" if prefers_wechat(number) else "sms"
    match code:
        case "verification.otp":
            return {"sms"}
        case "loan.repaid":
            return {"app", push}
        case _:
            return {"app", push, "eletter" if takes_e_letters(number) else "letter"}


def events(time: str) -> Iterator[tuple[dict[str, Any], int]]:
    """CloudEvents that happened at `time`, each with the number of its person; a day's mix."""
    for serial in range(1_500):
        number = serial % PEOPLE
        code = "loan.repaid"
        if serial % 10 == 4:
            code = "verification.otp"
        elif serial % 25 == 13:
            code = "policy_admin.service_agent_changed"
        data = {"customer_name": "王先生"} | {name: VALUES[name] for name in RECEIVED[code]}
        subject = {"customer_no": f"C{number}"} if code == "verification.otp" else {"policy_no": f"P{number}"}
        attributes = {"specversion": "1.0", "source": "/core/storm", "datacontenttype": "application/json"}
        own = {"id": f"storm-{serial}", "type": code, "time": time, "subject": next(iter(subject.values()))}
        yield attributes | own | {"data": data | subject}, number


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from members.actions.issue_api_key import issue_api_key
    from members.models import Scope
    from notifications.models import Preference
    from tests.factories import CustomerFactory, MemberFactory, PolicyFactory, WeChatBindingFactory

    call_command("migrate", verbosity=0)
    call_command("load_catalogue", stdout=io.StringIO())
    for number in range(PEOPLE):
        customer = CustomerFactory(
            reachable=True,
            customer_no=f"C{number}",
            mobile=f"+86138{number:08d}",
            email=f"customer{number}@example.com",
            eletter_consent=takes_e_letters(number) or None,
        )
        WeChatBindingFactory(member=MemberFactory(customer=customer), openid=f"openid-{number}")
        if prefers_wechat(number):
            Preference.objects.create(customer=customer, channel_order=["wechat"])
        PolicyFactory(policy_no=f"P{number}", policyholder=customer)
    sys.stdout.write(issue_api_key(name="storm", scopes=[Scope.EVENTS_WRITE]).key + "\n")


if __name__ == "__main__":
    main()
