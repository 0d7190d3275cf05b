"""The operator's manual tells what the program reads, and nothing else."""

import re
import shlex

from django.core.management import get_commands

from portal import embedded
from portal.demo.accounts import API_KEY, DESK_MOBILE, PASSWORD, STAFF_MOBILE
from portal.demo.family import HOLDER_NO, INSURED_NO, POLICY_NO
from portal.demo.welcome import CURL

ROOT = embedded.ROOT
README = (ROOT / "README.md").read_text()
PACKAGES = ("portal", "notifications", "cms", "benefits", "points", "members", "tests")
READ = re.compile(r"""(?:\benv\.\w+|environ\.get|environ\.setdefault|environ)[(\[]\s*"([A-Z][A-Z_]+)""")
#: Told to others, not to us.
NOT_OURS = {
    "PYTEST_XDIST_WORKER",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "PLAYWRIGHT_BROWSERS_PATH",
    "PLAYWRIGHT_NODEJS_PATH",
    "PATH",
    "HOME",
    "LANG",
}


def table(headline):
    """What stands in backquotes in the first column of the table below a headline."""
    section = README.partition(headline)[2].partition("\n#")[0]
    return [re.findall(r"`([^`]+)`", row.split("|")[1]) for row in section.splitlines() if row.startswith("| `")]


def test_the_table_of_variables_is_what_the_program_reads():
    read = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in READ.findall(path.read_text())
    }
    told = [name for names in table("### Environment") for name in names]
    assert sorted(told) == sorted(read - NOT_OURS)


def test_every_command_of_ours_is_told():
    ours = {name for name, package in get_commands().items() if package in PACKAGES}
    told = {text.split()[0] for texts in table("### Commands") for text in texts}
    assert ours <= told
    assert told <= set(get_commands())


def test_the_line_to_copy_is_the_one_that_the_demo_prints():
    line = CURL.format(url="http://localhost:8000")
    assert line in README
    assert f"Bearer {API_KEY}" in line
    assert f"ce-subject: {POLICY_NO}" in shlex.split(line.replace("\\\n", " "))
    for known in (STAFF_MOBILE, DESK_MOBILE, PASSWORD, HOLDER_NO, INSURED_NO):
        assert known in README


def test_links_lead_somewhere():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
