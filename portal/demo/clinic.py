"""A provider of the demo, at whose desk one can work: it cleans teeth at one place and guides people in hospitals."""

from datetime import date
from pathlib import Path

from portal.demo.family import write

PROVIDER_NO, SITE_NO = "PV90001", "S900001"
CITY = "上海市"
SLOT_HOURS = range(9, 18)
PRICES = {"dental_cleaning": "260.00", "hospital_guidance": "320.00"}


def write_clinic(folder: Path, *, today: date) -> None:
    """The files of docs/providers.md, without closed days."""
    write(
        folder / "providers.csv",
        [
            {
                "provider_no": PROVIDER_NO,
                "name_zh": "申悦健康管理",
                "name_en": "Shenyue Health",
                "kind": "medical_concierge",
                "since": "2021-03-01",
            }
        ],
    )
    write(
        folder / "sites.csv",
        [
            {
                "site_no": SITE_NO,
                "provider_no": PROVIDER_NO,
                "name_zh": "申悦健康管理世纪大道中心",
                "name_en": "Shenyue Health, Century Avenue",
                "province": CITY,
                "city": CITY,
                "district": "浦东新区",
                "address": "世纪大道88号3楼",
                "phone": "021-60000088",
                "latitude": "31.2354",
                "longitude": "121.5055",
            }
        ],
    )
    hours = f"{SLOT_HOURS.start:02}:00-{SLOT_HOURS.stop:02}:00"
    days = [{"site_no": SITE_NO, "weekday": str(weekday), "hours": hours} for weekday in range(1, 8)]
    write(folder / "opening_hours.csv", days)
    offer = {"site_no": SITE_NO, "service_code": "dental_cleaning", "slot_minutes": "60", "capacity": "2"}
    write(folder / "site_services.csv", [offer])
    contract_no = f"HT-{PROVIDER_NO}"
    terms = {"starts_on": f"{today.year - 1}-01-01", "ends_on": f"{today.year + 1}-12-31"}
    write(folder / "contracts.csv", [{"contract_no": contract_no, "provider_no": PROVIDER_NO} | terms])
    prices = [{"contract_no": contract_no, "service_code": code, "price": price} for code, price in PRICES.items()]
    write(folder / "contract_prices.csv", prices)
