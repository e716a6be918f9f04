"""The four formats of codes: what each says, what proves it, and that no text makes them fail."""

import base64
import zlib
from datetime import UTC, date, datetime

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from ioc.errors import InvalidInput
from ioc.persons import national, passport
from ioc.persons.bearer import Bearer, CodeFormat
from ioc.persons.codes import CodeKeys, Proof, open_code, person_of, read_code
from ioc.persons.model import NumberKind, Sex
from ioc.signing import public_text

NOW = datetime(2021, 10, 4, 7, tzinfo=UTC)
OWN = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEYS = CodeKeys(public_text(OWN))
P256 = ec.derive_private_key(20211220, ec.SECP256R1())
CITIZEN = "046085000123|191234567|Nguyễn Đình Chiểu|07031985|Nam|12 Lê Lợi, Huế|14/09/2021"
HEX_NAME, HEX_HOME = "Lê Thị Bưởi".encode().hex(), "Phường Vĩnh Ninh".encode().hex()


def hc1(key: object, algorithm: int, *, ends: int = 1_700_000_000, **changes: object) -> str:
    dose = {"tg": "840539006", "vp": "J07BX03", "mp": "EU/1/20/1528", "ma": "ORG-100030215"}
    dose |= {
        "dn": 2,
        "sd": 2,
        "dt": "2021-09-20",
        "co": "VN",
        "is": "MOH",
        "ci": "URN:UVCI:VN:46A1",
    }
    names = {"fn": "Nguyễn", "fnt": "NGUYEN<DINH", "gn": "Chiểu", "gnt": "CHIEU"}
    held = {"ver": "1.3.0", "nam": names, "dob": "1985-03-07", "v": [dose], **changes}
    payload = cbor2.dumps({1: "VN", 4: ends, 6: 1_633_000_000, -260: {1: held}})
    protected = cbor2.dumps({1: algorithm, 4: b"vn-2021a"})
    content = cbor2.dumps(["Signature1", protected, b"", payload])
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(content)
    else:
        r, s = decode_dss_signature(key.sign(content, ec.ECDSA(SHA256())))
        signature = r.to_bytes(32) + s.to_bytes(32)
    message = cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))
    return "HC1:" + passport.base45(zlib.compress(message))


def personal(number: str = "046085000123", born: str = "1985-03-07", ext: str = "<1<<0905123456<"):
    return f"{number}|NGUYEN DINH CHIEU|{born}|0|46A0B1C2|{ext}"


BORN = date(1985, 3, 7)
NUMBER, CARD = "046085000123", "46A0B1C2"
CCCD, QID = NumberKind.CCCD, NumberKind.QID
SAYS = {
    "personal": (personal(), NUMBER, CCCD, BORN, 1985),
    "personal, five fields": (personal().rpartition("|")[0], NUMBER, CCCD, BORN, 1985),
    "number and day hidden": (personal("******000123", "1985-**-**"), CARD, QID, None, 1985),
    "number missing, birth hidden": (personal("", "****-**-**"), CARD, QID, None, None),
    "passport's number": (personal("C1234567"), "C1234567", NumberKind.PASSPORT, BORN, 1985),
    "citizen card": (CITIZEN, NUMBER, CCCD, BORN, 1985),
    "without the old number": (CITIZEN.replace("191234567|", ""), NUMBER, CCCD, BORN, 1985),
    "old number empty": (CITIZEN.replace("191234567", ""), NUMBER, CCCD, BORN, 1985),
    "of 2024, more fields": (CITIZEN + "|cha|me|", NUMBER, CCCD, BORN, 1985),
    "insurance": (
        f"GD4464620456789|{HEX_NAME}|12/05/1990|2|{HEX_HOME}|46 - 001|01/01/2021|31/12/2021|x",
        *("4620456789", NumberKind.INSURANCE, date(1990, 5, 12), 1990),
    ),
    "insurance, ten digits, year": (
        f"4620456789|{HEX_NAME}|1990|2",
        *("4620456789", NumberKind.INSURANCE, None, 1990),
    ),
    "passport": (hc1(OWN, -8), "VN:46A1", QID, BORN, 1985),
    "spaces and a mark": (f"\ufeff {CITIZEN}\r\n", NUMBER, CCCD, BORN, 1985),
}


@pytest.mark.parametrize(("text", "number", "kind", "born", "year"), SAYS.values(), ids=SAYS)
def test_a_code_says_who_it_is(
    text: str, number: str, kind: NumberKind, born: date | None, year: int | None
) -> None:
    identity = read_code(text)
    found = (identity.number, identity.kind, identity.born_on)
    assert found == (number, kind, born)
    # The number itself says the year where the code hides it.
    assert identity.birth_year == year


def test_other_numbers_and_the_sex_are_taken_along() -> None:
    assert read_code(CITIZEN).also == ("191234567",)
    assert read_code(CITIZEN).sex is Sex.MALE
    assert read_code(personal(ext="46XY<2<GD4464620456789<0905123456<")
                     .replace("046085", "046185")).also == ("4620456789",)  # fmt: skip


def test_what_stands_out_of_its_place_goes_where_it_fits() -> None:
    bearer = open_code(personal(ext="1<GD4464620456789<0905123456")).bearer
    assert (bearer.sex, bearer.also, bearer.phone) == (Sex.MALE, ("GD4464620456789",), "0905123456")


FAULTS = {
    "": "code",
    "HUE": "code",
    "http://example.org/": "code",
    "x" * 5000: "code",
    "HC1:": "code",
    "HC1:abc": "code",
    "HC1:" + passport.base45(zlib.compress(b"\0" * 10_000_000)): "code",
    "HC1:" + passport.base45(zlib.compress(b"\xd8\x18" * 4_000)): "code",
    "HC1:" + passport.base45(zlib.compress(cbor2.dumps({1: 2}))): "code",
    hc1(OWN, -8, nam={}): "code.name",
    hc1(OWN, -8, v=[]): "code.ci",
    personal("0460850001"): None,
    personal("99999"): "code.number",
    personal("04608500012345678"): "code.number",
    personal(born="1985-13-07"): "code.born_on",
    personal(born="0085-03-07"): "code.born_on",
    personal(born="1986-03-07"): "code.born_on",
    personal().replace("NGUYEN DINH CHIEU", "12345"): "code.name",
    personal().replace("46A0B1C2", "Đ"): "code.qid",
    CITIZEN.replace("07031985", "31021985"): "code.born_on",
    CITIZEN.replace("Nam", "Nữ"): "code.sex",
    f"GD4464620456789|{HEX_NAME}f|12/05/1990|2": "code",
    "GD4464620456789|ffff|12/05/1990|2": "code.name",
}


@pytest.mark.parametrize(("text", "field"), FAULTS.items(), ids=range(len(FAULTS)))
def test_a_fault_names_its_field(text: str, field: str | None) -> None:
    if field is None:
        assert read_code(text)
        return
    with pytest.raises(InvalidInput) as fault:
        read_code(text)
    assert fault.value.field == field


@pytest.mark.parametrize(("key", "algorithm"), [(P256, -7), (OWN, -8)])
def test_a_passport_is_proved_by_a_known_key(key, algorithm: int) -> None:
    known = CodeKeys(passports={b"vn-2021a": key.public_key()})
    other = CodeKeys(passports={b"vn-2021a": (OWN if key is P256 else P256).public_key()})
    code = open_code(hc1(key, algorithm))
    assert code.format is CodeFormat.VACCINE_PASSPORT
    assert code.proof(known, NOW) is Proof.PROVED
    assert code.proof(CodeKeys(), NOW) is Proof.UNKNOWN_SIGNER
    assert code.proof(other, NOW) is Proof.FORGED
    assert open_code(hc1(key, -37)).proof(known, NOW) is Proof.FORGED
    assert open_code(hc1(key, algorithm, ends=1_600_000_000)).proof(known, NOW) is Proof.EXPIRED


def test_a_card_of_ours_is_proved_and_a_changed_one_is_not() -> None:
    text = national.mint(open_code(personal()).bearer, OWN.sign)
    assert open_code(text).proof(KEYS, NOW) is Proof.PROVED
    assert open_code(text.replace("CHIEU", "CHIEN")).proof(KEYS, NOW) is Proof.UNKNOWN_SIGNER
    assert open_code(text).proof(CodeKeys(), NOW) is Proof.UNKNOWN_SIGNER
    assert open_code(personal()).proof(KEYS, NOW) is Proof.UNSIGNED
    assert open_code(CITIZEN).proof(KEYS, NOW) is Proof.UNSIGNED


LETTERS = st.sampled_from("ABCDEGHIKLMNOPQRSTUVXY")
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=7), min_size=1, max_size=5).map(" ".join)
DAYS = st.dates(date(1900, 1, 1), date(2021, 12, 31))


@st.composite
def bearers(draw: st.DrawFn) -> Bearer:
    born, male = draw(DAYS), draw(st.booleans())
    sign = (born.year - 1900) // 100 * 2 + (not male)
    insurance = draw(st.none() | st.integers(10**9, 10**10 - 1).map(str))
    return Bearer(
        CodeFormat.PERSONAL_QR,
        f"046{sign}{born:%y}{draw(st.integers(0, 999_999)):06d}",
        draw(NAMES),
        born,
        born.year,
        Sex.MALE if male else Sex.FEMALE,
        draw(st.text(st.sampled_from("ABCDEFGH234567"), min_size=1, max_size=32)),
        () if insurance is None else (insurance,),
        draw(st.none() | st.integers(0, 10**9 - 1).map(lambda n: f"0{n:09d}")),
        draw(st.booleans()),
    )


@given(bearers(), st.booleans())
def test_what_is_minted_is_read_again(bearer: Bearer, is_masked: bool) -> None:
    text = national.mint(bearer, OWN.sign, is_masked=is_masked)
    code = open_code(text)
    assert code.proof(KEYS, NOW) is Proof.PROVED
    identity = read_code(text)
    if is_masked:
        assert (identity.number, identity.born_on) == (bearer.card, None)
        assert str(bearer.number) not in text
        return
    assert code.bearer == bearer
    assert (identity.number, identity.born_on) == (bearer.number, bearer.born_on)
    assert (identity.name, identity.sex) == (bearer.name, bearer.sex)


PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["046085000123", "07031985", "1985-03-07", "0", "<", HEX_NAME, "HC1:", "******",
                     "GD4464620456789", "1985-**-**", "NGUYEN", "1", "\ud800", "٣", "²"]),
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
VALUES = st.recursive(
    LEAVES | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LEAVES, inner, max_size=4),
    max_leaves=12,
)


def packed(content: bytes) -> str:
    return "HC1:" + passport.base45(zlib.compress(content))


def odd_passport(value: object) -> str:
    held = {"nam": value, "v": value, "dob": value}
    payload = cbor2.dumps({4: value, -260: {1: held}})
    return packed(cbor2.dumps([b"", {1: value, 4: value}, payload, b""]))


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.lists(PIECES, max_size=10).map("|".join),
    st.binary(max_size=300).map(lambda raw: "HC1:" + passport.base45(raw)),
    st.binary(max_size=300).map(packed),
    VALUES.map(odd_passport),
    st.tuples(st.integers(0, 400), st.text(max_size=2)).map(
        lambda cut: (text := hc1(OWN, -8))[: cut[0]] + cut[1] + text[cut[0] + 1 :]
    ),
)


@given(HOSTILE)
def test_any_text_is_an_identity_or_a_named_fault(text: str) -> None:
    try:
        identity = read_code(text)
    except InvalidInput as fault:
        assert fault.field.startswith("code")  # noqa: PT017  it may be either
        with pytest.raises(InvalidInput) as same:
            person_of(open_code(text).bearer)
        assert str(same.value) == str(fault)  # noqa: PT017
        return
    assert identity.name
    assert person_of(open_code(text).bearer) == (identity.kind, identity.number)
    open_code(text).proof(CodeKeys(KEYS.centre, {b"vn-2021a": OWN.public_key()}), NOW)


def test_base45_as_the_standard_shows_it() -> None:
    # RFC 9285, section 4.3
    assert [passport.base45(text) for text in (b"AB", b"Hello!!", b"base-45", b"ietf!")] == [
        "BB8", "%69 VD92EX0", "UJCLQE7W581", "QED8WEX0",
    ]  # fmt: skip


def test_a_signature_is_not_read_as_a_number() -> None:
    text = national.mint(open_code(personal()).bearer, lambda _: b"\0" * 64)
    assert base64.urlsafe_b64encode(b"\0" * 64).decode().rstrip("=") in text
    assert open_code(text).bearer.phone == "0905123456"
