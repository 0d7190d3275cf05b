from dataclasses import replace
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from notifications.letters.glyphs import MissingGlyphs
from notifications.letters.typesetting import typeset
from tests.notifications.letter_samples import ENGLISH, LETTER


def pages(pdf):
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


@pytest.mark.parametrize("letter", [LETTER, ENGLISH], ids=["Chinese", "English"])
def test_an_ordinary_letter_is_one_page(letter):
    assert pages(typeset(letter)) == 1


def test_a_long_letter_goes_on_over_pages():
    assert pages(typeset(replace(LETTER, paragraphs=LETTER.paragraphs * 8, figures=LETTER.figures * 4))) == 3


def test_an_address_too_long_for_the_window_pushes_the_letter_down():
    # The longest that the mirror holds; over the text it would be no page more.
    assert pages(typeset(replace(LETTER, postal_lines=("上海市浦东新区世纪大道一" * 67, "200120")))) == 2


def test_the_same_letter_has_the_same_pages_byte_for_byte():
    assert typeset(LETTER) == typeset(LETTER)


def test_a_word_more_changes_the_pages():
    assert typeset(LETTER) != typeset(replace(LETTER, addressee="王小明明"))


def test_markup_in_a_value_is_only_text():
    # Read as markup, the first would stop the typesetter and the second fill pages.
    hostile = ('#panic("stop")', "#lorem(5000)", '"); #read("/etc/passwd") //', "*a* _b_ $x^2$ @c <d> \\ `e` = F")
    letter = replace(LETTER, title=hostile[0], addressee=hostile[1], paragraphs=hostile, what_to_do=hostile)
    assert pages(typeset(letter)) == 1


def test_a_letter_without_figures_or_steps_or_address_is_a_letter():
    assert pages(typeset(replace(LETTER, figures=(), what_to_do=(), postal_lines=()))) == 1


@pytest.mark.parametrize("place", ["title", "addressee", "salutation", "reference"])
def test_a_character_without_a_glyph_stops_the_letter_before_printing(place):
    with pytest.raises(MissingGlyphs, match=r"U\+20BB7"):
        typeset(replace(LETTER, **{place: "𠮷"}))


@pytest.mark.parametrize("place", ["postal_lines", "paragraphs", "what_to_do"])
def test_a_character_without_a_glyph_is_found_in_every_line(place):
    with pytest.raises(MissingGlyphs, match=r"U\+20BB7"):
        typeset(replace(LETTER, **{place: ("好", "𠮷")}))


def test_a_character_without_a_glyph_is_found_in_the_figures():
    with pytest.raises(MissingGlyphs, match=r"U\+20BB7"):
        typeset(replace(LETTER, figures=(("受益人", "𠮷"),)))


def test_an_accent_written_apart_is_set_on_its_letter():
    assert typeset(replace(ENGLISH, addressee="Jose\u0301")) == typeset(replace(ENGLISH, addressee="Jos\u00e9"))
