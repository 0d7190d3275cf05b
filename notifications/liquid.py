"""The template language: Liquid, cut down to what a message needs, strict, limited, and parsed once.

Plain text goes out, so nothing is escaped here; a page that shows a message escapes it. Values are never parsed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError, UndefinedError, UnknownFilterError
from liquid.template import BoundTemplate

# A variable is one word, number or date, so there is nothing to loop over, and a text includes no other text.
TAGS = frozenset({"if", "unless", "case", "assign", "capture", "comment", "#"})
# What the parser itself needs besides.
SYNTAX = frozenset({"content", "output", "illegal"})
# fmt: off
FILTERS = frozenset({
    "abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times",
    "append", "capitalize", "date", "default", "downcase", "prepend", "remove", "replace", "size", "slice", "strip",
    "truncate", "upcase",
})
# fmt: on
MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


@dataclass
class TemplateFault(Exception):
    """A text that can't be parsed or rendered. `line` counts from 1, None when there is no telling.

    The message names variables and filters, never their values: it may be logged and shown to staff.
    """

    message: str
    line: int | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


class TextEnvironment(Environment):
    output_stream_limit = 100_000
    loop_iteration_limit = 100
    local_namespace_limit = 100_000
    block_nesting_limit = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS | SYNTAX}
        self.filters = {name: function for name, function in self.filters.items() if name in FILTERS}


ENVIRONMENT = TextEnvironment(undefined=StrictUndefined)


@dataclass(frozen=True)
class Parsed:
    """`variables`: the names taken from outside, in whatever branch they stand; a path stays whole (`a.b`)."""

    template: BoundTemplate
    variables: frozenset[str]


# All texts of all event types are about 3,000 sources; a version that is no longer used falls out.
@lru_cache(maxsize=8192)
def parse(source: str) -> Parsed:
    """Parses once per process. Raises TemplateFault for a syntax error, an unknown tag or an unknown filter."""
    try:
        template = ENVIRONMENT.from_string(source)
    except LiquidError as error:
        raise TemplateFault(str(error.message), line_of(error) or line_without_position(source)) from None
    analysis = template.analyze()
    for name, places in analysis.filters.items():
        if name not in FILTERS:
            raise TemplateFault(f"unknown filter '{name}'", source.count("\n", 0, places[0].index) + 1)
    return Parsed(template, frozenset(str(place) for places in analysis.globals.values() for place in places))


def variables_of(source: str) -> frozenset[str]:
    """The names that a text takes from outside; what `{% assign %}` makes is its own. Raises TemplateFault."""
    return parse(source).variables


def render(source: str, values: Mapping[str, object]) -> str:
    """The text with its values put in. Raises TemplateFault, also for a variable that has no value."""
    try:
        return parse(source).template.render(values)
    except (UndefinedError, UnknownFilterError) as error:
        raise TemplateFault(str(error.message), line_of(error)) from None
    except LiquidError as error:
        # Its message may quote a value.
        raise TemplateFault(type(error).__name__, line_of(error)) from None


def line_of(error: LiquidError) -> int | None:
    context = error.context()
    return context[0] if context else None


def line_without_position(source: str) -> int | None:
    """The parser gives no place for an incomplete expression or an unclosed block: look for it piece by piece."""
    last_block = None
    for piece in MARKUP.finditer(source):
        if piece[0].startswith("{%"):
            last_block = piece
            continue
        try:
            ENVIRONMENT.from_string(piece[0])
        except LiquidError:
            return source.count("\n", 0, piece.start()) + 1
    return source.count("\n", 0, last_block.start()) + 1 if last_block else None
