"""Two customers whose numbers never change, so that the README can name them: one event reaches them on all channels.

Chen Siyuan is a member, reads WeChat and agreed to e-letters; his wife Lin Xiaowen, who is insured, is no member and
gets an SMS and paper.
"""

import csv
from datetime import date
from pathlib import Path

POLICY_NO = "P20240310001"
#: It makes the holder a Platinum customer, who has visits to book.
PENSION_NO = "P20220620001"
HOLDER_NO, INSURED_NO = "C900000001", "C900000002"
HOLDER_NAME = "陈思远"
HOLDER_MOBILE = "13900000001"
#: Invented like everything here: what he types when he verifies who he is.
HOLDER_ID = "310115197904120019"


def write_family(folder: Path, *, today: date) -> None:
    """customers.csv and policies.csv for the import; the product and the agent are those of the synthetic book."""
    people = {
        "kind": "individual",
        "province": "上海市",
        "city": "上海市",
        "district": "浦东新区",
        "postcode": "200120",
    }
    people |= {"postcode": "200120", "language": "zh-hans", "updated_at": f"{today}T00:00:00+08:00"}
    holder = {
        "customer_no": HOLDER_NO,
        "name": HOLDER_NAME,
        "name_en": "Chen Siyuan",
        "gender": "male",
        "birth_date": "1979-04-12",
        "id_type": "resident_id",
        "id_no": HOLDER_ID,
        "mobile": HOLDER_MOBILE,
        "email": "chen.siyuan@example.com",
        "address": "世纪大道100号6幢1203室",
        "eletter_consent": "true",
    }
    insured = {
        "customer_no": INSURED_NO,
        "name": "林晓雯",
        "name_en": "Lin Xiaowen",
        "gender": "female",
        "birth_date": "1981-09-30",
        "id_type": "resident_id",
        "id_no": "310115198109300023",
        "mobile": "13900000002",
        "address": "世纪大道100号6幢1203室",
        "eletter_consent": "false",
    }
    write(folder / "customers.csv", [holder | people, {"email": ""} | insured | people])
    policy = {
        "policy_no": POLICY_NO,
        "product_code": "CI_LIFE",
        "status": "in_force",
        "applied_on": "2024-03-01",
        "effective_on": "2024-03-10",
        "premium": "6800.00",
        "frequency": "annual",
        "premium_term_years": "20",
        "paid_to_on": f"{today.year + 1}-03-10",
        "sum_assured": "300000.00",
        "policyholder_no": HOLDER_NO,
        "insureds": f"{INSURED_NO}:spouse",
        "agent_no": "A000001",
        "sales_channel": "agency",
        "updated_at": f"{today}T00:00:00+08:00",
    }
    pension = policy | {
        "policy_no": PENSION_NO,
        "product_code": "AN_PENSION",
        "applied_on": "2022-06-10",
        "effective_on": "2022-06-20",
        "cooling_off_ends_on": "2022-07-08",
        "premium": "84000.00",
        "premium_term_years": "10",
        "paid_to_on": f"{today.year + 1}-06-20",
        "sum_assured": "840000.00",
        "insureds": f"{HOLDER_NO}:self",
    }
    write(folder / "policies.csv", [policy | {"cooling_off_ends_on": ""}, pension])


def write(file: Path, rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
