"""The form of a rule's terms: what the event tells is offered, what is typed becomes data, and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from members.catalogue import event_specs
from points.earning import checking
from points.earning.checking import BadTerms, Faults, faults_of
from points.earning.conditions import OF_KIND, OPERATORS, parts
from points.earning.vocabulary import Field, Kind, event_fields, fields_of, trigger_name, triggers
from points.models import EarningRule, Group, RuleChange, Source

EMPTY = [("", "—")]
YES, NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否")
#: (code, name), to choose from.
Choices = list[tuple[str, str]]


def moment_field(label: Any, *, required: bool = False) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, widget=widget)


def points_field(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, help_text=help_text)


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The second person, and whoever audits this in years, reads it. No personal data."),
    )


def named_triggers(codes: Sequence[str]) -> Choices:
    return [(code, f"{trigger_name(code)} · {code}") for code in codes]


def named_fields(fields: Mapping[str, Field]) -> Choices:
    return [(name, str(field.label)) for name, field in fields.items()]


class TriggerField(forms.ChoiceField):
    """Of an event that isn't offered it is said why: there may be a law against it."""

    def validate(self, value: Any) -> None:
        forms.Field.validate(self, value)
        if fault := checking.trigger(RuleChange(trigger=value)):
            raise forms.ValidationError(fault["trigger"])


class TriggerForm(forms.Form):
    """What is asked first: the event says which fields there are."""

    trigger = TriggerField(
        label=_("What happens"),
        help_text=_("Events about premium, top-up, loan or surrender are not here: Insurance Law art. 116."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trigger"].choices = named_triggers(triggers())  # type: ignore[attr-defined]


class ConditionForm(forms.Form):
    """One condition: a field of the event, the member or the policy, a comparison, and what it is compared with."""

    field = forms.ChoiceField(label=_("Field"), required=False)
    operator = forms.ChoiceField(
        label=_("Comparison"),
        required=False,
        choices=[*EMPTY, *((name, operator.label) for name, operator in OPERATORS.items())],
    )
    value = forms.CharField(label=_("Value"), required=False, max_length=2000)

    def __init__(self, *args: Any, known: Mapping[str, Field], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.fields["field"].choices = [*EMPTY, *named_fields(known)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        name, operator, typed = data.get("field"), data.get("operator"), data.get("value", "").strip()
        data["condition"] = None
        if self.errors or not (name or operator or typed):
            return data
        if not (name and operator and typed):
            raise forms.ValidationError(_("Choose a field and a comparison, and write a value; or empty all three."))
        field = self.known[name]
        if operator not in OF_KIND[field.kind]:
            self.add_error("operator", _("This field can't be compared like that."))
            return data
        try:
            data["condition"] = {"field": name, operator: read_value(field, operator, typed)}
        except ValueError:
            wanted = {
                Kind.NUMBER: _("Write a whole number."),
                Kind.FLAG: _("Write yes or no."),
                Kind.DATE: _("Write a date like 2026-12-31."),
            }
            self.add_error("value", wanted.get(field.kind, _("This is none of the values below.")))
        return data


def read_value(field: Field, operator: str, typed: str) -> Any:
    """What was typed, as data. Raises ValueError."""
    if OPERATORS[operator].many:
        several = [part.strip() for part in typed.replace("，", ",").replace("、", ",").split(",")]
        return [read_one(field, part) for part in several if part]
    return read_one(field, typed)


def read_one(field: Field, typed: str) -> Any:
    if field.kind == Kind.NUMBER:
        return int(typed)
    if field.kind == Kind.FLAG:
        if typed.lower() not in (*YES, *NO):
            raise ValueError(typed)
        return typed.lower() in YES
    if field.kind == Kind.DATE:
        return date.fromisoformat(typed).isoformat()
    choices = field.choices() if field.choices else {typed: typed}
    by_name = {name: code for code, name in choices.items()} | {code: code for code in choices}
    if typed not in by_name:
        raise ValueError(typed)
    return by_name[typed]


ConditionFormSet = formset_factory(ConditionForm, extra=3, max_num=20, validate_max=True)


def conditions_formset(
    data: Any, prefix: str, known: Mapping[str, Field], stored: Sequence[Mapping[str, Any]]
) -> BaseFormSet:
    initial = [as_typed(condition) for condition in stored]
    return ConditionFormSet(data, prefix=prefix, form_kwargs={"known": known}, initial=initial)


def as_typed(condition: Mapping[str, Any]) -> dict[str, str]:
    """A stored condition as somebody would have typed it."""
    name, operator, value = parts(condition)
    if isinstance(value, bool):
        value = YES[0] if value else NO[0]
    several = value if isinstance(value, list) else [value]
    return {"field": name, "operator": operator, "value": ", ".join(str(each) for each in several)}


def conditions_of(formset: BaseFormSet) -> list[dict[str, Any]]:
    return [form.cleaned_data["condition"] for form in formset if form.cleaned_data.get("condition")]


class RuleForm(forms.Form):
    """Everything of the terms but the conditions. `trigger`: of the rule; it stays what it is."""

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("Small letters, digits, dots and underscores, such as festival.quiz. It stays for ever."),
    )
    name_zh = forms.CharField(label=_("Chinese name"), max_length=60)
    name_en = forms.CharField(label=_("English name"), max_length=60)
    group = forms.ChoiceField(label=_("Group"), choices=Group.choices)
    live = forms.BooleanField(
        label=_("Pays"), required=False, initial=True, help_text=_("Not ticked: the rule is switched off.")
    )
    source = forms.ChoiceField(label=_("Points come from"), choices=Source.choices)
    points = points_field(_("Points"), _("100 points cost CNY 1. Empty where the catalogue gives the points."))
    cap_day = points_field(_("At most a day (points)"))
    cap_month = points_field(_("At most a month (points)"))
    cap_year = points_field(_("At most a year (points)"))
    cap_lifetime = points_field(
        _("At most in a lifetime (points)"), _("As many as one payment: the rule pays each person once.")
    )
    once_per = forms.MultipleChoiceField(
        label=_("Only once for each"), required=False, widget=forms.CheckboxSelectMultiple
    )
    once_days = forms.IntegerField(
        label=_("Again after (days)"), required=False, min_value=1, help_text=_("Empty: never again.")
    )
    starts_at = moment_field(_("Starts"))
    ends_at = moment_field(_("Ends"))
    budget = points_field(_("Budget (points)"), _("When it is spent, the rule pays nothing more."))
    approval_above = points_field(_("Two people look at payments above (points)"))
    available_after = forms.ChoiceField(label=_("Can be spent after"), required=False)
    reversal_trigger = forms.ChoiceField(label=_("Taken back by the event"), required=False)
    reversal_match = forms.MultipleChoiceField(
        label=_("The same in both events"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reversal_days = forms.IntegerField(
        label=_("Within (days)"), required=False, min_value=1, help_text=_("Empty: at any time.")
    )
    reason = reason_field()

    def __init__(self, *args: Any, trigger: str, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trigger = trigger
        self.fields["code"].disabled = not new
        own = event_fields(trigger)
        dates = {name: field for name, field in fields_of(trigger).items() if field.kind == Kind.DATE}
        offered: dict[str, Choices] = {
            "once_per": named_fields(own),
            "reversal_match": named_fields(own),
            "available_after": [*EMPTY, *named_fields(dates)],
            "reversal_trigger": [*EMPTY, *named_triggers(sorted(event_specs()))],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self.fields["code"].disabled and EarningRule.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is a rule with this code. Change that one, or choose another code."))
        return code

    def change(self, conditions: list[dict[str, Any]], reversal_conditions: list[dict[str, Any]]) -> RuleChange:
        """The terms as typed, not stored; whether they make a rule is yet to be asked."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return RuleChange(**data, trigger=self.trigger, conditions=conditions, reversal_conditions=reversal_conditions)


class RuleForms:
    """The form, its conditions and those of taking back, as one."""

    def __init__(self, data: Any, *, trigger: str, stored: RuleChange | None, new: bool, reason: str = "") -> None:
        initial = stored.terms() | {"reason": reason} if stored else {}
        self.form = RuleForm(data, trigger=trigger, new=new, initial=initial)
        known = fields_of(trigger)
        undoing = data.get("reversal_trigger", "") if data else (stored.reversal_trigger if stored else "")
        reversal = event_fields(undoing) if undoing in event_specs() else {}
        self.conditions = conditions_formset(data, "conditions", known, stored.conditions if stored else [])
        self.reversal_conditions = conditions_formset(
            data, "reversal", reversal, stored.reversal_conditions if stored else []
        )
        self.known = known | reversal
        #: What is wrong with the conditions as a whole.
        self.faults: list[str] = []

    def terms(self) -> dict[str, Any] | None:
        """What was typed, if it makes a rule; else the faults stand where they belong."""
        good = [part.is_valid() for part in (self.form, self.conditions, self.reversal_conditions)]
        if not all(good):
            return None
        change = self.form.change(conditions_of(self.conditions), conditions_of(self.reversal_conditions))
        if faults := faults_of(change):
            self.show(faults)
            return None
        return change.terms()

    def show(self, faults: Faults) -> None:
        """Each fault at its field."""
        for name, message in faults.items():
            if name.endswith("conditions"):
                self.faults.append(message)
            else:
                self.form.add_error(name if name in self.form.fields else None, message)

    def refused(self, refusal: BadTerms) -> None:
        self.show(refusal.faults)

    def values(self) -> list[tuple[str, Choices]]:
        """What may be written where a field is one of a few."""
        return [(str(field.label), list(field.choices().items())) for field in self.known.values() if field.choices]
