"""A picture of every page, narrow and wide, light and dark, usual and in care mode, Chinese and English.

`make screenshots`, or of some by the names in tests/pages.py `make screenshots PAGES="display or front"`; they go to
var/screenshots. Look at them: no test does.
"""

from itertools import product

import pytest

from portal.embedded import ROOT
from tests.pages import PAGES
from tests.visits import SIZES, open_as

FOLDER = ROOT / "var" / "screenshots"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("untold")]


@pytest.mark.parametrize("shown", PAGES, ids=lambda page: page.name)
def test_take(browser, live_server, shown):
    FOLDER.mkdir(parents=True, exist_ok=True)
    for size, theme, care, language in product(SIZES, ("light", "dark"), ("", "care"), ("zh", "en")):
        with open_as(browser, live_server, shown, size=size, theme=theme, care=bool(care), language=language) as page:
            page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            name = "-".join(filter(None, (shown.name, size, theme, care, language)))
            page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
