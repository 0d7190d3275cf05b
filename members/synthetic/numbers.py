"""Numbers that carry their own check: identity documents, company codes, bank cards, mobiles."""

from datetime import date
from random import Random

from stdnum import luhn
from stdnum.cn import ric, uscc

LETTERS = "ABCDEFGHJKLMNPQRTUWXY"
MOBILE_PREFIXES = (
    *range(130, 140), 147, *range(150, 154), *range(155, 160), 166, 173, *range(175, 179), *range(180, 190), 191, 193,
    195, *range(197, 200),
)  # fmt: skip
#: Issuer and length of debit cards.
CARDS = (("622202", 19), ("621700", 19), ("622848", 19), ("621660", 19), ("622588", 16), ("621485", 16), ("622609", 16))
NATIONALITIES = (("USA", "840"), ("GBR", "826"), ("JPN", "392"), ("KOR", "410"), ("DEU", "276"), ("FRA", "250"))


def digits(rng: Random, count: int) -> str:
    return f"{int(rng.random() * 10**count):0{count}d}"


def resident_id(rng: Random, region: str, birth: date, gender: str) -> str:
    """18 characters by GB 11643: region, birth date, order (odd for men), check character.

    `region` 810000, 820000 or 830000 makes the residence permit of Hong Kong, Macao or Taiwan residents.
    """
    order = 2 * rng.randint(1, 499) + (gender == "male")
    body = f"{region}{birth:%Y%m%d}{order:03d}"
    return body + ric.calc_check_digit(body + "0")


def passport(rng: Random, foreign: bool) -> str:
    """A Chinese electronic passport (E and eight, or E, a letter and seven digits), or a foreign one."""
    if foreign:
        return rng.choice(
            (digits(rng, 9), f"{rng.choice(LETTERS)}{digits(rng, 8)}", f"T{rng.choice(LETTERS)}" + digits(rng, 7))
        )
    return f"E{digits(rng, 8)}" if rng.random() < 0.4 else f"E{rng.choice(LETTERS)}{digits(rng, 7)}"


def hk_macao_permit(rng: Random) -> str:
    """H (Hong Kong) or M (Macao) and eight digits; on older cards two more for the issue."""
    number = rng.choice("HHHM") + digits(rng, 8)
    return number + "01" if rng.random() < 0.15 else number


def taiwan_permit(rng: Random) -> str:
    return digits(rng, 8)


def foreign_pr_card(rng: Random, region: str, birth: date, gender: str, new: bool) -> str:
    """Since late 2023: 9, issuing province, nationality, birth date, order, check; before: three letters, 12 digits."""
    letters, country = rng.choice(NATIONALITIES)
    if not new:
        return f"{letters}{region[:4]}{birth:%y%m%d}" + digits(rng, 2)
    body = f"9{region[:2]}{country}{birth:%Y%m%d}{2 * rng.randint(1, 499) + (gender == 'male'):03d}"
    return body + ric.calc_check_digit(body + "0")


def _organisation(rng: Random) -> str:
    """A nine-character organisation code with its check character (GB 11714)."""
    body = "MA" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(6))
    rest = 11 - sum(int(c, 36) * weight for c, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    return body + ("0" if rest == 11 else "X" if rest == 10 else str(rest))


def company_code(rng: Random, region: str) -> str:
    """A unified social credit code of a company (GB 32100): 91, region, organisation code, check character."""
    body = f"91{region}{_organisation(rng)}"
    return body + uscc.calc_check_digit(body)


def bank_card(rng: Random) -> str:
    prefix, length = rng.choice(CARDS)
    body = prefix + digits(rng, length - len(prefix) - 1)
    return body + luhn.calc_check_digit(body)


def mobile(rng: Random) -> str:
    """Eleven digits of mainland China."""
    return f"{rng.choice(MOBILE_PREFIXES)}{digits(rng, 8)}"
