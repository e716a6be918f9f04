"""Each role sees of each field what the one table says, and the table fits what roles may do."""

import doctest
from pathlib import Path

import pytest

from ioc import masking, privacy
from ioc.access.model import Action, Page, Role
from ioc.access.rules import GRANTS, may
from ioc.city import load_city
from ioc.labels import Language
from ioc.masking import SIGHTS, Sight, Trait, shown, sight
from ioc.policy import KINDS
from ioc.protection import assessment
from ioc.reports.catalogue import read_catalogue

ROOT = Path(__file__).resolve().parents[2]
VALUES = {
    Trait.PLATE: "43C-168.39",
    Trait.PICTURE: "a" * 64,
    Trait.NAME: "Nguyễn Văn An",
    Trait.NUMBER: "046085000123",
    Trait.BORN_ON: "1985-03-02",
    Trait.PHONE: "0905123456",
    Trait.ADDRESS: "12 Lê Lợi",
    Trait.HEALTH: "positive",
    Trait.REPORTER: "Nguyễn Văn An",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("field", Trait)
def test_what_is_not_clear_gives_nothing_away(role: Role, field: Trait) -> None:
    value = VALUES[field]
    seen = shown(role, field, value)
    assert seen is not None
    match sight(role, field):
        case Sight.CLEAR:
            assert seen == value
        case Sight.MASKED:
            assert seen != value
            assert value not in seen
        case Sight.HIDDEN:
            assert seen == privacy.HIDDEN
    assert shown(role, field, None) is None


def test_the_table_and_the_rights_say_the_same() -> None:
    assert set(SIGHTS) == set(GRANTS) == set(Role)
    for role in Role:
        clear = {field for field in Trait if sight(role, field) is Sight.CLEAR}
        assert (Trait.PLATE in clear) == may(role, Action.SEE_PLATE), role
        assert (Trait.PICTURE in clear) == may(role, Action.SEE_EVIDENCE), role
        assert (Trait.HEALTH in clear) == may(role, Action.SEE_PERSON), role
        assert (Trait.REPORTER in clear) == may(role, Action.SEE_REPORTER), role
        assert Trait.NUMBER not in clear, "a number stands in clear on no list"


def test_nobody_sees_a_person_in_clear_who_never_works_on_persons() -> None:
    for role in Role:
        if sight(role, Trait.NAME) is Sight.CLEAR:
            assert {Page.HEALTH, Page.TRANSPORT, Page.ADMIN} & set(GRANTS[role].pages), role


@pytest.mark.parametrize(
    ("file", "language"),
    [("data-protection.md", Language.EN), ("data-protection.vi.md", Language.VI)],
)
def test_the_assessment_is_the_configuration_of_today(file: str, language: Language) -> None:
    city = load_city(ROOT / "config" / "hue")
    catalogue, _ = read_catalogue(ROOT / "config" / "hue", city)
    told = assessment(city, catalogue, language)
    how = f"ioc admin protection docs/{file} --language {language.value}"
    assert (ROOT / "docs" / file).read_text(encoding="utf-8") == told, how
    for kind in KINDS:
        assert city.policy.kinds[kind].what[language] in told
    assert "protection." not in told


def test_the_examples_hold() -> None:
    for module in (masking, privacy):
        assert doctest.testmod(module).failed == 0
