"""What a screen may show of a plate or a person, and pseudonyms for what must not be kept clear."""

import hmac
import re

HIDDEN = "•••"
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
# Nine digits and more are a telephone, an identity card, an account.
_NUMBER = re.compile(r"(?<!\d)\+?\d(?:[ .-]?\d){8,}(?!\d)")
_TAIL = re.compile(r"^(?P<head>.*?[-\s])(?P<middle>\d{2,3})\.?(?P<tail>\d{2})$")


def mask_plate(shown: str) -> str:
    """Return a plate, as displayed, with its middle hidden.

    >>> [mask_plate(shown) for shown in ("43C-168.39", "75-F1 284.56", "29Y-1234", "AB1")]
    ['43C-•••.39', '75-F1 •••.56', '29Y-•••.34', '•••']
    """
    match = _TAIL.match(shown)
    return f"{match['head']}{HIDDEN}.{match['tail']}" if match else HIDDEN


def mask_number(number: str) -> str:
    """Return the number of a document with its first six characters hidden (1405/QD-BTTTT).

    >>> [mask_number(number) for number in ("046085000123", "B1234567", "1234567")]
    ['******000123', '******67', '*******']
    """
    shown = number[6:] if len(number) > 7 else ""
    return "*" * (len(number) - len(shown)) + shown


def mask_name(name: str) -> str:
    """Return the letters a name's words begin with.

    >>> mask_name("Nguyễn Thị Ánh Tuyết")
    'N. T. Á. T.'
    """
    return " ".join(f"{word[0]}." for word in name.split())


def mask_phone(number: str) -> str:
    """Return a telephone number of which the last three digits are left.

    >>> mask_phone("0905 123 456"), mask_phone("12")
    ('•••456', '•••')
    """
    digits = "".join(char for char in number if char.isdigit())
    return HIDDEN + (digits[-3:] if len(digits) > 6 else "")


def mask_contacts(text: str) -> str:
    """Return a text without the numbers and mail addresses by which somebody could be reached.

    >>> mask_contacts("gọi 0905 123 456 hoặc a.b@c.vn, nhà số 12")
    'gọi ••• hoặc •••, nhà số 12'
    """
    return _NUMBER.sub(HIDDEN, _MAIL.sub(HIDDEN, text))


def shape_of(text: str) -> str:
    """Return a text with every letter as `a` and every digit as `0`: how it is built, not of whom.

    >>> shape_of("046085000123|191234567|Nguyễn An|07031985")
    '000000000000|000000000|aaaaaa aa|00000000'
    """
    return "".join("0" if c.isdigit() else "a" if c.isalpha() else c for c in text)


def pseudonym(secret: str, kind: str, text: str) -> str:
    """Return 32 hexadecimal characters that stand for `text`, the same for the same secret."""
    message = f"{kind}\0{text}".encode()
    # In one call: three times as fast as an object, and every scan needs one.
    return hmac.digest(secret.encode(), message, "sha256")[:16].hex()
