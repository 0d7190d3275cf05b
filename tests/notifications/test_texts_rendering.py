"""How a value reads, and what a text makes of it."""

from datetime import date

import pytest

from notifications import liquid
from notifications.display import display, with_unit
from notifications.liquid import TemplateFault
from notifications.rendering import Text

DEBIT_FAILED = {"policy_no": "str", "customer_name": "str", "premium": "money", "reason": "str", "grace_end": "date"}
VALUES = {
    "policy_no": "P2024000123",
    "customer_name": "张三",
    "premium": "3200.00",
    "reason": "余额不足",
    "grace_end": "2027-01-19",
}


@pytest.mark.parametrize(
    ("type_", "value", "language", "style", "shown"),
    [
        ("money", "12345.67", "zh-hans", "long", "12,345.67"),
        ("money", "0.00", "zh-hans", "short", "0.00"),
        ("money", "100000000000.00", "en", "long", "100,000,000,000.00"),
        ("money", "1.2356", "zh-hans", "long", "1.2356"),
        ("date", "2026-03-09", "zh-hans", "short", "2026-03-09"),
        ("date", "2026-03-09", "zh-hans", "long", "2026年3月9日"),
        ("date", "2026-03-09", "en", "short", "2026-03-09"),
        ("date", "2026-03-09", "en", "long", "9 March 2026"),
        ("datetime", "2026-03-10T06:05:00Z", "zh-hans", "short", "3月10日14:05"),
        ("datetime", "2026-03-10T14:05:00+08:00", "zh-hans", "long", "2026年3月10日14:05"),
        ("datetime", "2026-12-31T16:30:00+00:00", "en", "short", "1 Jan 00:30"),
        ("datetime", "2026-03-10T14:05:00+08:00", "en", "long", "10 March 2026, 14:05"),
        ("masked_card", "622202******6688", "zh-hans", "long", "尾号6688"),
        ("masked_card", "****6688", "en", "short", "ending 6688"),
        ("masked_card", "尾号6688", "zh-hans", "short", "尾号6688"),
        ("masked_card", "微信", "zh-hans", "short", "微信"),
        ("masked_id", "310***********1234", "zh-hans", "long", "310***********1234"),
        ("percent", "4.80%", "en", "long", "4.80%"),
        ("int", 2025, "zh-hans", "long", 2025),
        ("points", 12345, "en", "short", 12345),
        ("str", "", "zh-hans", "long", ""),
        ("date", "", "en", "long", ""),
        ("money", "about 12", "en", "long", "about 12"),
        ("date", "next week", "zh-hans", "short", "next week"),
    ],
)
def test_a_value_reads_as_people_write_it(type_, value, language, style, shown):
    assert display({"it": value}, {"it": type_}, language, style=style) == {"it": shown}


@pytest.mark.parametrize(("points", "said"), [(12_345, "+ 12,345"), (-1_200, "- 1,200"), (-20, "- 20")])
def test_points_read_in_thousands_and_a_text_can_ask_of_them(points, said):
    shown = display({"it": points, "year": 2025}, {"it": "points", "year": "int"}, "zh-hans")
    assert liquid.render("{% if it > 0 %}+{% else %}-{% endif %} {{ it | abs }}", shown) == said
    assert liquid.render("{{ it }} {{ year }}", shown) == f"{points:,} 2025"


def test_free_text_is_cut_but_nothing_else():
    shown = display(
        {"reason": "余" * 20, "premium": "12345.67"}, {"reason": "str", "premium": "money"}, "en", longest=5
    )
    assert shown == {"reason": "余余余余…", "premium": "12,345.67"}


def test_money_that_stands_alone_has_its_unit():
    assert with_unit("6,800.00", "money", "zh-hans") == "6,800.00元"
    assert with_unit("6,800.00", "money", "en") == "CNY 6,800.00"
    assert with_unit("4.80%", "percent", "en") == "4.80%"


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("保单{{policy_no}}，{{ premium }}元", {"policy_no", "premium"}),
        ("{% if days == 1 %}{{ a }}{% else %}{{ b | upcase }}{% endif %}", {"days", "a", "b"}),
        ("{% assign who = customer_name %}{{ who }}", {"customer_name"}),
        ("{{ policy.number }}", {"policy.number"}),
        ("{ {no} } variable", set()),
        ("{{ 保费 }}", {"保费"}),
    ],
)
def test_the_variables_of_a_text_are_found_in_every_branch(source, names):
    assert liquid.variables_of(source) == names


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("one\n{{ a", 2, "expected '}}', found end of file"),
        ("one\n{{ }}\nthree", 2, "expected a primitive expression, found end of expression"),
        ("one\n\n{% if a %}b", 3, "expected tag endif, found end of expression"),
        ("{% for x in (1..9) %}{% endfor %}", 1, "unexpected tag 'for'"),
        ("a\n{% include 'secrets' %}", 2, "unexpected tag 'include'"),
        ("a\n{% render 'secrets' %}", 2, "unexpected tag 'render'"),
        ("a\nb {{ a | shout }}", 2, "unknown filter 'shout'"),
        ("{% if x %}{{ a | join: '' }}{% endif %}", 1, "unknown filter 'join'"),
    ],
)
def test_a_fault_of_syntax_tells_its_line(source, line, message):
    with pytest.raises(TemplateFault) as refused:
        liquid.parse(source)
    assert (refused.value.line, refused.value.message) == (line, message)


def test_a_missing_value_is_a_fault_and_never_a_gap():
    with pytest.raises(TemplateFault) as refused:
        liquid.render("a\n{{ premium }}", {"policy_no": "P1"})
    assert (refused.value.line, refused.value.message) == (2, "'premium' is undefined")


def test_a_fault_does_not_repeat_a_value():
    with pytest.raises(TemplateFault) as refused:
        liquid.render("{{ name | truncate: name }}", {"name": "Zhang San"})
    assert "Zhang" not in str(refused.value)


def test_an_endless_text_is_stopped():
    with pytest.raises(TemplateFault, match="OutputStreamLimitError"):
        liquid.render("{{ a }}", {"a": "x" * 100_001})


def test_a_value_is_text_and_not_template():
    assert liquid.render("{{ reason }}", {"reason": "{{ policy_no }} <b>"}) == "{{ policy_no }} <b>"


def test_an_sms_has_short_dates_and_no_title():
    sms = Text(
        "renewal.debit_failed",
        "sms",
        "zh-hans",
        "",
        "保单{{policy_no}}保费{{premium}}元，{{grace_end}}前",
        DEBIT_FAILED,
    )
    assert sms.render(VALUES) == ("", "保单P2024000123保费3,200.00元，2027-01-19前")


def test_the_inbox_has_a_title_and_dates_written_out():
    text = Text("renewal.debit_failed", "app", "en", "Debit of {{policy_no}}", "Until {{grace_end}}\n", DEBIT_FAILED)
    assert text.render(VALUES) == ("Debit of P2024000123", "Until 19 January 2027")


def test_a_long_reason_is_cut_in_an_sms_and_whole_in_a_letter():
    values = VALUES | {"reason": "余" * 150}
    sms = Text("renewal.debit_failed", "sms", "zh-hans", "", "{{reason}}", DEBIT_FAILED)
    letter = Text("renewal.debit_failed", "letter", "zh-hans", "t", "{{reason}}", DEBIT_FAILED)
    assert sms.render(values)[1] == "余" * 99 + "…"
    assert compose(letter, values).paragraphs == ("余" * 150,)


def test_a_title_fits_its_column():
    text = Text("renewal.debit_failed", "letter", "en", "{{reason}}", "x", DEBIT_FAILED)
    assert len(compose(text, VALUES | {"reason": "r" * 5000}).title) == 300


def test_a_letter_has_paragraphs_a_table_and_steps():
    letter = Text(
        "renewal.debit_failed",
        "letter",
        "en",
        "Renewal debit failed",
        "\nWe could not debit\nthe premium.\n\n{% if policy_no == '' %}\nNo policy.\n{% endif %}\n\nCover goes on.\n",
        DEBIT_FAILED,
        figures=("policy_no", "premium", "grace_end", "reason"),
        what_to_do="\nPay in.\n\nCall us.\n",
        revision_id=7,
    )
    content = compose(letter, VALUES | {"reason": ""})
    assert content.salutation == "Dear Ms Zhang,"
    assert content.paragraphs == ("We could not debit the premium.", "Cover goes on.")
    assert [value for _, value in content.figures] == ["P2024000123", "CNY 3,200.00", "19 January 2027"]
    assert content.what_to_do == ("Pay in.", "Call us.")
    assert (content.reference, content.dated_on) == ("R-1", date(2026, 11, 20))


def compose(text, values):
    return text.render_letter(
        values, addressee="Ms Zhang", postal_lines=("1 Century Avenue",), reference="R-1", dated_on=date(2026, 11, 20)
    )
