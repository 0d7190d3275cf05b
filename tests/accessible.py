"""What stands in somebody's way on a page: what axe finds, and what is wider than the window."""

from collections.abc import Iterable, Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: The rules of axe that depend on colours; the others ask for the page's structure.
OF_COLOURS = ("color-contrast", "link-in-text-block")
RUN = "axe.run({resultTypes: ['violations'], ...(rules.length && {runOnly: rules})}).then(found => found.violations)"
# A colour on its way to another one is neither.
TURN_AT_ONCE = (
    "document.getAnimations().filter(moving => moving instanceof CSSTransition).forEach(moving => moving.finish())"
)


def complaints(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """As `rule: element`; of all rules unless some are named."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(f"rules => {RUN}", list(rules))
    return [f"{violation['id']}: {node['html']}" for violation in found for node in violation["nodes"]]


def obstacles(page: Page, *, schemes: Iterable[str] = ("light", "dark"), widths: Iterable[int] = ()) -> list[str]:
    """Of the page as it is open, in each colour scheme and width (the window's own if none is named)."""
    found = []
    for width in widths or [page.viewport_size["width"]]:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"wider than {width}")
        rules: Sequence[str] = ()
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.evaluate(TURN_AT_ONCE)
            found += [f"{width} {scheme} {complaint}" for complaint in complaints(page, rules)]
            rules = OF_COLOURS  # the structure is the same in the dark
    return found
