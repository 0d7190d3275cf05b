"""The default texts themselves: each may go out as it stands."""

import pytest

from members.catalogue import event_specs
from notifications.actions.load_catalogue import route_of
from notifications.rendering import Text
from notifications.shipped_texts import ShippedTexts
from notifications.text_rules import faults_of

SHIPPED = ShippedTexts()


@pytest.mark.parametrize("code", sorted(SHIPPED.events))
def test_the_texts_of_an_event_are_complete_and_may_go_out(code):
    spec = event_specs()[code]
    texts = SHIPPED.of(spec, route_of(spec)["channels"])
    assert [key for key, text in texts.items() if text is None] == []
    faults = {
        key: faults_of(Text(code, *key, text.title, text.body, SHIPPED.variables(spec), text.figures, text.what_to_do))
        for key, text in texts.items()
    }
    assert {key: found for key, found in faults.items() if found} == {}
    # The core tells of a change when it is endorsed, often before the day from which it holds.
    said_to_be_past = ("已于{{effective_date}}", "took effect on {{effective_date}}", "endorsed on {{effective_date}}")
    assert not [each for each in said_to_be_past for text in texts.values() if each in text.body]
