"""agents.csv"""

from members.book.cells import KEY_LENGTH, boolean, email, mobile
from members.book.sheet import Column, Sheet
from members.models import Agent

AGENTS = Sheet(
    "agents",
    Agent,
    (
        Column("agent_no", required=True, limit=KEY_LENGTH),
        Column("name", required=True, limit=200),
        Column("mobile", mobile, required=True),
        Column("email", email, limit=254),
        Column("branch", required=True),
        Column("active", boolean, required=True),
    ),
)
