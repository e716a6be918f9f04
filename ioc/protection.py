"""The data-protection impact assessment of a city, written from its configuration: Markdown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ioc.access.model import Role
from ioc.access.rules import GRANTS
from ioc.labels import Language, label
from ioc.masking import Trait, sight
from ioc.places import City
from ioc.policy import Kind
from ioc.reports.offered import Agency, Catalogue
from ioc.subjects.holdings import IDENTITY, erasable
from ioc.subjects.model import About


def assessment(city: City, catalogue: Catalogue, language: Language) -> str:
    """Return the assessment in a language; the same configuration gives the same bytes."""
    parts = (
        _head(city, language),
        _kinds(city, language),
        _grounds(city, language),
        _sights(language),
        _roles(language),
        _recipients(catalogue, language),
        _cameras(city, language),
        _risks(city, language),
        _answers(city, language),
    )
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(city: City, language: Language) -> Iterator[str]:
    policy = city.policy
    yield f"# {_word('title', language)}"
    yield ""
    yield _word("made_from", language)
    yield ""
    told = {
        "controller": policy.controller[language],
        "officer": policy.officer[language],
        "city": city.name,
        "made_on": policy.made_on,
        "review_on": policy.review_on,
    }
    yield from (f"- {_word(name, language)}: {value}" for name, value in told.items())


def _kinds(city: City, language: Language) -> Iterator[str]:
    yield f"## {_word('kinds', language)}"
    yield ""
    heads = ("kind", "purpose", "ground", "sensitive", "days", "on_request")
    rows = [
        (
            kind.what[language],
            kind.why[language],
            kind.basis.id,
            _word("yes" if kind.is_sensitive else "no", language),
            str(kind.kept.days),
            _on_request(kind, language),
        )
        for kind in city.policy.kinds.values()
    ]
    yield from _table([_word(head, language) for head in heads], rows)


def _on_request(kind: Kind, language: Language) -> str:
    if kind.held is not None:
        return _word("held", language).format(law=kind.held[language])
    cut = {one.kind for about in About for one in (*erasable(about), *IDENTITY) if one.cut}
    return _word("yes" if kind.id in {*cut, "pictures"} else "on_its_day", language)


def _grounds(city: City, language: Language) -> Iterator[str]:
    yield f"## {_word('grounds', language)}"
    yield ""
    bases = {kind.basis.id: kind.basis for kind in city.policy.kinds.values()}
    rows = [(one.id, one.texts[language], one.law) for one in bases.values()]
    yield from _table(["", _word("ground", language), _word("law", language)], rows)


def _sights(language: Language) -> Iterator[str]:
    yield f"## {_word('sights', language)}"
    yield ""
    rows = [
        (label(trait, language), *(label(sight(role, trait), language) for role in Role))
        for trait in Trait
    ]
    yield from _table(["", *(label(role, language) for role in Role)], rows)
    yield ""
    yield _word("sights_note", language)


def _roles(language: Language) -> Iterator[str]:
    yield f"## {_word('roles', language)}"
    yield ""
    rows = [
        (
            label(role, language),
            ", ".join(f"`/{page.value}`" for page in grant.pages),
            ", ".join(label(one, language) for one in sorted(grant.actions)) or "-",
        )
        for role, grant in GRANTS.items()
    ]
    yield from _table([_word(head, language) for head in ("role", "pages", "actions")], rows)


def _recipients(catalogue: Catalogue, language: Language) -> Iterator[str]:
    yield f"## {_word('recipients', language)}"
    yield ""
    # The agencies of units are the units themselves.
    acting = [one for one in catalogue.agencies.values() if one.unit is None]
    named = sorted(_name(agency, language) for agency in acting)
    yield f"- {_word('agencies', language)}: {'; '.join(named)}."
    yield f"- {_word('keys', language)}"
    yield f"- {_word('abroad', language)}"


def _cameras(city: City, language: Language) -> Iterator[str]:
    yield f"## {_word('cameras', language)}"
    yield ""
    owners = Counter(camera.owner for camera in city.cameras.values())
    rows = [(owner, str(n)) for owner, n in sorted(owners.items())]
    yield from _table([_word("owner", language), _word("number", language)], rows)
    yield ""
    yield _word("cameras_note", language)


def _risks(city: City, language: Language) -> Iterator[str]:
    yield f"## {_word('risks', language)}"
    yield ""
    heads = ("risk", "likelihood", "severity", "against")
    rows = [
        (one.what[language], str(one.likelihood), str(one.severity), one.against[language])
        for one in city.policy.risks
    ]
    yield from _table([_word(head, language) for head in heads], rows)


def _answers(city: City, language: Language) -> Iterator[str]:
    policy = city.policy
    yield f"## {_word('answers', language)}"
    yield ""
    told = {
        "workdays": policy.acknowledge_workdays,
        "access": policy.access.days,
        "erasure": policy.erasure.days,
        "hours": round(policy.breach.total_seconds() / 3600),
        "days": policy.backups.days,
        "hour": policy.purge_hour,
        "sample": policy.sample,
    }
    for name in ("requests", "breach", "purge", "backups", "checks"):
        yield f"- {_word(name, language).format_map(told)}"


def _name(agency: Agency, language: Language) -> str:
    return agency.vi if language is Language.VI else agency.en


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _word(name: str, language: Language) -> str:
    return label(f"protection.{name}", language)
