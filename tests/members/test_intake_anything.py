"""Whatever is sent, there is an answer: no JSON value and no bytes make the intake fail."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from members.intake.envelope import check
from members.intake.faults import FaultCode
from members.intake.reading import Sent, Unreadable, read_batch
from tests.members.cloud_events import VALUES, debit_failed

# st.text() alone leaves out surrogates, and JSON can carry them.
texts = st.text(st.characters(exclude_categories=())) | st.sampled_from([str(value) for value in VALUES.values()])
scalars = st.none() | st.booleans() | st.integers() | texts


def grown(leaves):
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=10)


values = grown(scalars | st.floats())
finite = grown(scalars | st.floats(allow_nan=False, allow_infinity=False))
GOOD = debit_failed()


@given(values)
def test_any_json_value_is_judged(value):
    fault = check(Sent(value)).fault
    assert fault is not None
    json.dumps(fault.as_json()).encode()


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), values, min_size=1))
def test_any_value_of_any_attribute_is_judged(changes):
    checked = check(Sent({**GOOD, **changes}))
    assert (checked.fault is None) != (checked.content is None)
    assert checked.fault is None or checked.fault.code in FaultCode


@given(st.dictionaries(st.sampled_from(sorted(GOOD["data"])) | texts, values, min_size=1))
def test_any_value_of_any_variable_is_judged(changes):
    checked = check(Sent({**GOOD, "data": {**GOOD["data"], **changes}}))
    assert (checked.fault is None) != (checked.content is None)


@given(st.lists(finite), st.sampled_from(["", " ", "\n\t"]))
@settings(max_examples=50)
def test_a_batch_is_read_as_any_reader_of_json_would(items, blank):
    body = blank + json.dumps(items, separators=(f"{blank},{blank}", f"{blank}:{blank}")) + blank
    assert [sent.value for sent in read_batch(body.encode())] == items


@given(st.binary() | st.text().map(str.encode) | st.text(alphabet='[]{},:"0 ').map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    try:
        events = read_batch(body)
    except Unreadable:
        return
    assert [sent.value for sent in events] == json.loads(body)
