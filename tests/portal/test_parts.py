"""The parts that pages are made of: figures as people write them, pictures without inline styles, forms."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from portal.views.errors import server_error


def drawn(template: str, **context) -> str:
    with translation.override("en"):
        return Template("{% load parts %}" + template).render(Context(context))


@pytest.mark.parametrize(
    ("figure", "written"),
    [(0, "0"), (1234567, "1,234,567"), (Decimal("1234.5"), "1,234.50"), (Decimal("-20000"), "-20,000.00")],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_figures_are_grouped_by_three_in_both_languages(figure, written, language):
    with translation.override(language):
        assert Template("{% load parts %}{{ figure|grouped }}").render(Context({"figure": figure})) == written


def test_a_chart_brings_no_style_of_its_own_and_its_figures_as_a_table():
    chart = drawn(
        "{% chart 'Beans' labels series %}", labels=["1", "2"], series={"<Earned>": [1200, 0], "Spent": [5, 7]}
    )
    assert 'role="img"' in chart and "<title>Beans</title>" in chart
    assert "<style" not in chart and "style=" not in chart and "<script" not in chart
    assert chart.count("&lt;Earned&gt;") == 2 and "<Earned>" not in chart
    assert [figure in chart for figure in (">1,200<", ">5<", ">7<")] == [True] * 3


def test_of_many_months_on_a_chart_every_second_one_is_named_the_last_among_them():
    labels = [str(month) for month in (*range(2, 13), 1)]
    chart = drawn("{% chart 'Beans' labels series %}", labels=labels, series={"Earned": range(1, 13)})
    assert re.findall(r'class="major">(\d+)</text>', chart.partition("axis x")[2]) == ["3", "5", "7", "9", "11", "1"]
    assert all(f'<th scope="row">{label}</th>' in chart for label in labels)


@pytest.mark.parametrize(("level", "name"), [(1, "Registered"), (2, "Verified"), (3, "Advanced")])
def test_a_level_has_a_name_and_not_only_a_colour(level, name):
    assert name in drawn("{% include 'portal/parts/level_badge.html' %}", level=level)


def test_a_masked_number_is_read_aloud_by_its_end():
    shown = drawn("{% include 'portal/parts/masked.html' with value='138****5678' %}")
    assert 'aria-hidden="true" translate="no">138****5678<' in shown
    assert "ending in 5678" in shown


class Form(forms.Form):
    name = forms.CharField(label="Name")
    code = forms.CharField(label="Code")
    password = forms.CharField(widget=forms.PasswordInput)
    guess = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        if self.cleaned_data.get("name") == "nobody":
            raise forms.ValidationError("Nobody is called so.")


def test_only_the_first_mistake_takes_the_focus():
    html = Form({"name": "王小明"}).render()
    assert html.count("autofocus") == 1
    assert 'name="code" aria-invalid="true"' in html.replace(" required", "").replace("\n", " ")


def test_a_fault_of_the_whole_form_takes_the_focus_itself():
    html = Form({"name": "nobody", "code": "1"}).render()
    assert html.count("autofocus") == 1
    assert html.index("autofocus") < html.index("Nobody is called so.") < html.index("<input")


def test_codes_and_passwords_are_never_kept():
    kept = drawn("{% field form.name %}{% code_input form.code %}{% field form.password %}", form=Form())
    assert kept.count("display-keep") == 1
    assert 'name="display-keep" value="name"' in kept
    assert 'autocomplete="one-time-code"' in kept and 'inputmode="numeric"' in kept


@pytest.mark.django_db
def test_the_page_of_our_own_failure_asks_the_database_nothing(client, django_assert_num_queries):
    request = RequestFactory().get("/anything")
    with django_assert_num_queries(0):
        page = server_error(request)
    assert page.status_code == 500
    assert b"tel:95500" in page.content
