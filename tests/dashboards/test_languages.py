"""Both languages are whole: none has words of the other, and each tells numbers its own way."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest

from dashboards.app import ASSETS, SCREENS
from dashboards.auth import Viewer
from dashboards.screen import seat_of
from dashboards.words import Words
from ioc.access.model import Role
from ioc.labels import CONFIG_DIR, Language, load_labels

from .makers import call
from .test_every_role import WAYS, world  # noqa: F401 - a fixture

ADMIN = Viewer("admin", Role.ADMIN, "token")
LABELS = load_labels(CONFIG_DIR / "labels")
# Letters of Vietnamese alone; Đ stands on passes in both languages.
VIETNAMESE = re.compile(
    r"[ăâêôơưđáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.I
)
TOLD = ("aria-label", "alt", "placeholder", "title")
# Thousands of the other language: 1.234 in English, 1,234 in Vietnamese.
FOREIGN_NUMBER = {
    Language.EN: re.compile(r"(?<![\w.:-])\d{1,3}(?:\.\d{3})+(?![\w.])|\d,\d+ ?%"),
    Language.VI: re.compile(r"(?<![\w,])\d{1,3}(?:,\d{3})+(?!\w)|\d\.\d+\s?%"),
}
# What is Vietnamese on an English page: the switch to it, the letter of a pass, a person's name,
# what a citizen wrote.
OWN_NAMES = {"Tiếng Việt", "Đ", "Trần Thị Hoa", "Đèn đường không sáng"}


class Texts(HTMLParser):
    """The texts of a piece of markup, and what is told of its pictures and fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_code = False

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag == "code"
        self.found += [value for name, value in attrs if name in TOLD and value]


def of_markup(markup: str) -> Iterator[str]:
    texts = Texts()
    texts.feed(markup)
    yield from (" ".join(text.split()) for text in texts.found if text.strip())


def of_layout(component) -> Iterator[str]:
    for item in [component, *component._traverse()]:
        if isinstance(item, str):
            yield item
            continue
        children = getattr(item, "children", None)
        if isinstance(children, str):
            yield children
        yield from (value for name in TOLD if isinstance(value := getattr(item, name, None), str))


@cache
def names() -> tuple[str, ...]:
    """Return every name that the city's folder gives: places, people, agencies, long ones first."""
    found: set[str] = set(OWN_NAMES)
    for file in (CONFIG_DIR / "hue").rglob("*"):
        if file.suffix == ".csv":
            cells = re.split(r"[,\n]", file.read_text(encoding="utf-8"))
            found |= {cell.strip(' "') for cell in cells}
        if file.suffix == ".toml":
            found |= set(_strings(tomllib.loads(file.read_text(encoding="utf-8"))))
    return tuple(sorted((n for n in found if VIETNAMESE.search(n)), key=len, reverse=True))


def _strings(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key != "vi":
        yield value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, name)
    if isinstance(value, list):
        for inner in value:
            yield from _strings(inner, key)


def said_by(client, language: Language) -> Iterator[str]:
    """Yield the markup that each callback answers with."""
    specs = {spec["output"]: spec for spec in client.get("/_dash-dependencies").json()}
    for output in WAYS:
        [source] = specs[output]["inputs"]
        yield output, f"{source['id']}.{source['property']}"


@pytest.mark.parametrize("language", Language)
def test_a_page_speaks_one_language(centre, sign_in, world, language) -> None:  # noqa: F811
    words = Words(language, centre.city.zone)
    shown: dict[str, set[str]] = {}
    for page, screen in SCREENS.items():
        texts = set(of_layout(screen.layout(words, ADMIN)))
        for part in screen.draw(centre, seat_of(ADMIN, language)).parts.values():
            texts |= set(of_markup(part))
        shown[page.value] = texts
    client = sign_in(Role.ADMIN)
    for output, source in said_by(client, language):
        asked = {source: {"at": 1, **WAYS[output].asked(world)}, "spoken.data": language.value}
        answer = call(client, output, asked)
        shown[output] = set(_inner(answer.json())) if answer.content else set()
    assert sum(map(len, shown.values())) > 400
    wrong = {
        (place, text)
        for place, texts in shown.items()
        for text in texts
        if is_foreign(text, language) or FOREIGN_NUMBER[language].search(text)
    }
    assert not sorted(wrong)


def _inner(value: object) -> Iterator[str]:
    """Yield the texts of an answer: of its markup, and those told as they are."""
    if isinstance(value, str) and "<" in value:
        yield from of_markup(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield inner
            yield from _inner(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _inner(inner)


def is_foreign(text: str, language: Language) -> bool:
    """Tell whether a text is a label of the other language, or has letters only that one has."""
    if any(pattern.fullmatch(text) for pattern in patterns(language)):
        return True
    if language is Language.VI or not VIETNAMESE.search(text):
        return False
    for name in names():
        text = text.replace(name, "")
    return VIETNAMESE.search(text) is not None


@cache
def patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    """Return what only the other language says, as patterns of whole texts.

    One word may be the same in both, or a name: what either language says too is left out.
    """
    own = {texts[language] for texts in LABELS.values()}
    others = {texts[other] for texts in LABELS.values() for other in Language if other != language}
    said = {text: re.sub(r"\{\w*\}", "", text) for text in others - own}
    # "{n} camera" would take any text that ends so: beside a number, one word tells no language.
    plain = (
        text
        for text, alone in said.items()
        if len(re.sub(r"\W", "", alone)) > 3 and (alone == text or len(alone.split()) > 1)
    )
    return tuple(
        re.compile(re.sub(r"\\\{\w*\\\}", ".+", re.escape(text))) for text in sorted(plain)
    )


def test_every_label_has_both_languages_with_the_same_places() -> None:
    unlike = {
        key: texts
        for key, texts in LABELS.items()
        if set(re.findall(r"\{(\w*)\}", texts[Language.VI]))
        != set(re.findall(r"\{(\w*)\}", texts[Language.EN]))
        or len({not text.strip() for text in texts.values()}) > 1
    }
    assert not unlike


def test_no_english_label_is_vietnamese() -> None:
    kept = set(names())
    left = {
        key: texts[Language.EN]
        for key, texts in LABELS.items()
        if VIETNAMESE.search(_without(texts[Language.EN], kept))
    }
    assert not left


def _without(text: str, known: set[str]) -> str:
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def test_no_script_speaks_for_itself() -> None:
    """What a script says comes from the labels, in the language of the page."""
    spoken = re.compile(r"([\"'`])((?:(?!\1).)*)\1")
    found = {
        (file.name, text)
        for file in ASSETS.glob("*.js")
        for _, text in spoken.findall(file.read_text(encoding="utf-8"))
        if VIETNAMESE.search(text)
    }
    assert not found


def test_days_are_told_so_that_nobody_mistakes_the_month(centre) -> None:
    at = centre.now()
    told = {language: Words(language, centre.city.zone) for language in Language}
    assert told[Language.VI].day(at) == "04/10/2021"
    assert told[Language.EN].day(at) == "4 Oct 2021"
    assert told[Language.VI].moment(at) == "04/10 14:32"
    assert told[Language.EN].moment(at) == "4 Oct 14:32"
