import pytest
from fontTools.ttLib import TTFont

from notifications.letters.glyphs import REGULAR, MissingGlyphs, mapped, printable, require_glyphs

#: Of the 8,105 characters of 通用规范汉字表, those that GBK lacks (Unihan's kTGH); all others are in GBK.
BEYOND_GBK = (
    "㑇㑊㕮㘎㙍㙘㙦㛃㛚㛹㟃㠇㠓㤘㥄㧐㧑㧟㫰㬊㬎㬚㭎㭕㮾㰀㳇㳘㳚㴔㵐㶲㸆㸌㺄㻬㽏㿠䁖䂮䃅䃎䅟䌹䎃䎖䏝䏡䏲䐃"
    "䓖䓛䓨䓫䓬䗖䗛䗪䗴䜣䝙䢺䢼䣘䥽䦃䲟䲠䲢䴓䴔䴕䴖䴗䴘䴙䶮鿍鿎鿏𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼"
    "𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜"
    "𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡"
    "𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖"
    "𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)


def gbk():
    ideographs = map(chr, range(0x3007, 0xA000))
    return {character for character in ideographs if character.encode("gbk", errors="ignore")}


@pytest.mark.parametrize("font", REGULAR, ids=lambda font: font.name)
def test_the_cmap_is_read_as_fonttools_reads_it(font):
    assert set(mapped(font.read_bytes())) == set(TTFont(font).getBestCmap())


def test_every_standard_character_has_a_glyph():
    assert len(BEYOND_GBK) == 276
    assert set(BEYOND_GBK) - printable() == set()


def test_every_character_that_an_older_core_system_can_write_has_a_glyph():
    assert gbk() - printable() == set()


def test_latin_accents_digits_and_signs_have_glyphs():
    assert (
        set(
            "José Łukasz Şahin Ğ Nguyễn Ørsted Žižek 0123456789 ￥¥€ % ‰ · — … “”‘’ 「」《》〔〕、。：；！？（）㎡ Ａ９"
        )
        - printable()
        == set()
    )


def test_a_character_outside_the_font_is_named_by_its_code_point_alone():
    with pytest.raises(MissingGlyphs) as caught:
        require_glyphs(["王小明", "𠮷野先生😀"])
    assert caught.value.characters == {"𠮷", "😀"}
    assert str(caught.value) == "no glyph for U+1F600, U+20BB7"


def test_line_breaks_need_no_glyph():
    require_glyphs(["第一行\n第二行\t完"])
