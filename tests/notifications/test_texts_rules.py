"""What may be saved as a text, and what is refused with which word at which field."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from members.catalogue import event_specs
from notifications.examples import example_values
from notifications.models import EventType, Template
from notifications.rendering import Text
from notifications.shipped_texts import ShippedTexts
from notifications.text_rules import essential_variables, faults_of

DEBIT_FAILED = event_specs()["renewal.debit_failed"]
NOTHING = Path(__file__).parent / "no_such_folder"
ESSENTIALS = "{{policy_no}} {{premium}} {{reason}} {{grace_end}}"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def text(channel="app", **fields):
    return Text(
        **{
            "code": "renewal.debit_failed",
            "channel": channel,
            "language": "en",
            "title": "" if channel == "sms" else "Debit failed",
            "body": ESSENTIALS,
            "types": DEBIT_FAILED.variables,
            **fields,
        }
    )


@pytest.mark.parametrize("channel", ["sms", "wechat", "app", "letter"])
def test_a_good_text_is_accepted(channel):
    assert faults_of(text(channel)) == {}


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"body": ESSENTIALS + "\n{{ x"}, "body", "Line 2: “{{” has no closing “}}”."),
        ({"title": "{% if %}"}, "title", "Line 1: What stands in the braces can't be understood."),
        (
            {"body": ESSENTIALS + "{{ due_date }}"},
            "body",
            "“due_date” is no variable of this event. It has: policy_no, customer_name, premium, reason, grace_end.",
        ),
        (
            {"title": "{{ reason.size }}"},
            "title",
            "“reason.size” is no variable of this event. It has: policy_no, customer_name, premium, reason, grace_end.",
        ),
        (
            {"body": "{{policy_no}} {{premium}} {{reason}}"},
            "body",
            "“grace_end” is missing: every text of this event must say it.",
        ),
        (
            {"body": ESSENTIALS + "\n{% if reason %}x"},
            "body",
            "Line 2: A block that begins here has no end, such as {% endif %}.",
        ),
        ({"body": "{{ reason | shout }}"}, "body", "Line 1: There is no filter “shout”."),
        ({"body": ESSENTIALS + "{% if"}, "body", "Line 1: “{%” has no closing “%}”."),
        ({"title": ""}, "title", "A title is needed on this channel."),
        ({"channel": "sms", "title": "Hello"}, "title", "An SMS has no title."),
        (
            {"channel": "sms", "body": ESSENTIALS + " HTTPS://bank.example"},
            "body",
            "An SMS must not hold a link: customers are told that ours never do.",
        ),
        (
            {"channel": "sms", "body": ESSENTIALS + " www.bank.example"},
            "body",
            "An SMS must not hold a link: customers are told that ours never do.",
        ),
        (
            {"channel": "sms", "body": "【Banyan】" + ESSENTIALS},
            "body",
            "The signature in 【】 is put there by the provider, not by the text.",
        ),
        ({"figures": ("premium",)}, "figures", "Only a letter has this."),
        ({"what_to_do": "Pay."}, "what_to_do", "Only a letter has this."),
        (
            {"channel": "letter", "figures": ("due_date",)},
            "figures",
            "“due_date” is no variable of this event. It has: policy_no, customer_name, premium, reason, grace_end.",
        ),
        ({"title": "{% if reason == '' %}x{% endif %}"}, "title", "With the examples this comes out empty."),
        (
            {"body": "{% if reason == 'x' %}" + ESSENTIALS + "{% endif %}"},
            "body",
            "With the examples this comes out empty.",
        ),
        ({"body": ESSENTIALS + " reason }}"}, "body", "Braces are left over: a variable is written {{ name }}."),
        ({"title": "{ {reason}}"}, "title", "Braces are left over: a variable is written {{ name }}."),
        (
            {"body": ESSENTIALS + "{% for x in (1..9) %}{% endfor %}"},
            "body",
            "Line 1: “for” is not possible here.",
        ),
    ],
)
def test_a_bad_text_is_refused_at_its_field(fields, field, message):
    assert faults_of(text(**fields)) == {field: [message]}


def test_what_is_essential_may_stand_in_a_letters_table_or_steps():
    letter = text(
        "letter",
        body="We could not debit {{premium}} for policy {{policy_no}}.",
        figures=("grace_end",),
        what_to_do="Mind this: {{reason}}.",
    )
    assert faults_of(letter) == {}


def test_what_is_essential_is_what_the_catalogues_sms_says():
    assert essential_variables("renewal.debit_failed") == {"policy_no", "premium", "reason", "grace_end"}
    assert essential_variables("points.redeemed") == frozenset()
    assert essential_variables("no.such_event") == frozenset()


@pytest.mark.django_db
def test_a_template_is_refused_when_saved():
    event_type = EventType.objects.create(
        code="renewal.debit_failed", area="renewal", deadline="P1D", variables=DEBIT_FAILED.variables
    )
    template = Template(event_type=event_type, channel="app", language="en", title="{{ x", body="{{premium}}")
    with pytest.raises(ValidationError) as refused:
        template.full_clean()
    assert refused.value.message_dict == {"title": ["Line 1: “{{” has no closing “}}”."]}


@pytest.mark.parametrize("code", [code for code, spec in event_specs().items() if not spec.platform])
@pytest.mark.parametrize(("language", "longest"), [("zh-hans", 70), ("en", 160)])
def test_the_catalogues_sms_fits_one_message_with_the_examples(code, language, longest):
    spec = event_specs()[code]
    sms = ShippedTexts(folder=NOTHING).text(spec, "sms", language)
    rendered = Text(code, "sms", language, "", sms.body, spec.variables).render(
        example_values(spec.variables, language)
    )
    assert len(rendered[1]) <= longest, rendered
