from datetime import date

import pytest

from members.resident_id import NotAResidentId, parse_resident_id

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("number", "birth_date", "gender"),
    [
        ("310115198005171239", date(1980, 5, 17), "male"),
        ("310115198005171247", date(1980, 5, 17), "female"),
        ("11010519491231002X", date(1949, 12, 31), "female"),
    ],
)
def test_number_tells_birth_and_gender(number, birth_date, gender):
    resident_id = parse_resident_id(number, today=TODAY)
    assert (resident_id.number, resident_id.birth_date, resident_id.gender) == (number, birth_date, gender)


def test_small_x_is_taken_as_capital():
    assert parse_resident_id("11010519491231002x", today=TODAY).number == "11010519491231002X"


def test_residence_permit_of_a_region_in_no_list_is_good():
    assert parse_resident_id("810000198005171237", today=TODAY).gender == "male"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "form"),
        ("31011519800517123", "form"),
        ("3101151980051712399", "form"),
        ("X10115198005171239", "form"),
        ("３10115198005171239", "form"),
        ("310115198005171239 ", "form"),
        ("310115198002301239", "date"),
        ("310115198013171239", "date"),
        ("310115000000001239", "date"),
        ("310115202611241239", "future"),
        ("310115198005171238", "check_digit"),
        ("31011519800517123X", "check_digit"),
    ],
)
def test_what_is_no_resident_id_is_refused_with_its_reason(number, reason):
    with pytest.raises(NotAResidentId) as error:
        parse_resident_id(number, today=TODAY)
    assert error.value.reason == reason


def test_born_today_is_not_in_the_future():
    with pytest.raises(NotAResidentId) as error:
        parse_resident_id("310115202611231239", today=TODAY)
    assert error.value.reason == "check_digit"


def test_the_reason_does_not_repeat_the_number():
    with pytest.raises(NotAResidentId) as error:
        parse_resident_id("310115198005171238", today=TODAY)
    assert "1980" not in str(error.value)
