"""The services of a city and who acts, read from services.toml and agencies.toml.

Units have agencies of their own (`[unit_agency]` says how they are called), districts and
departments stand in `[[agency]]`; `[[owner]]` says whose roads and venues are not the area's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ioc.config import Entry
from ioc.document import Document, read_toml
from ioc.errors import ConfigFault
from ioc.places import City, PlaceKind
from ioc.reports.offered import (
    Agency,
    Catalogue,
    Choice,
    Datatype,
    FormField,
    Level,
    Numbering,
    Owner,
    ReportSort,
    Service,
    Urgency,
)

SERVICES, AGENCIES = "services.toml", "agencies.toml"
SERVICE = (
    *("code", "sort", "group", "vi", "en", "about_vi", "about_en", "level", "agency", "urgency"),
    *("phone", "deadline_hours", "keywords", "numbering", "same_days", "public"),
)
FIELD = ("service", "code", "datatype", "required", "vi", "en", "hint_vi", "hint_en", "values")
AGENCY = ("id", "vi", "en", "short_vi", "short_en", "level", "phone", "district")
OWNER = ("agency", "asset", "within_m", "services")
LISTS = frozenset({Datatype.SINGLEVALUELIST, Datatype.MULTIVALUELIST})
# Levels at which the place says who acts; at the others the service does.
AREA = frozenset({Level.DISTRICT, Level.WARD, Level.CELL})
OWNABLE = frozenset({PlaceKind.ROAD, PlaceKind.VENUE, PlaceKind.SITE, PlaceKind.POINT})
EMPTY = Catalogue({}, {}, (), "")


def read_catalogue(folder: Path, city: City) -> tuple[Catalogue, list[ConfigFault]]:
    """Return the catalogue of a city's folder, and every fault found in it."""
    faults: list[ConfigFault] = []
    acting = read_toml(folder / AGENCIES, faults)
    offered = read_toml(folder / SERVICES, faults)
    if acting is None or offered is None:
        return EMPTY, faults
    known = _agencies(acting, city)
    services = _services(offered, known)
    root = acting.root()
    root.only(("centre", "reopen_days", "publish", "agency", "owner", "unit_agency"))
    centre = root.text("centre")
    if centre and centre not in known:
        root.fault("centre", f"there is no agency {centre!r}")
    publish = root.text("publish")
    if publish not in ("at_once", "looked_at"):
        root.fault("publish", f"{publish!r} is none of at_once, looked_at")
    return Catalogue(
        services,
        known,
        tuple(_owner(entry, known, services, city) for entry in acting.tables("owner")),
        centre,
        timedelta(days=root.count("reopen_days", 1, 365)),
        publish == "at_once",
    ), faults


def _agencies(document: Document, city: City) -> dict[str, Agency]:
    known: dict[str, Agency] = {}
    codes = {unit.district for unit in city.units.values() if unit.district}
    for entry in document.tables("agency"):
        entry.only(AGENCY)
        agency = Agency(
            entry.text("id"),
            entry.text("vi"),
            entry.text("en"),
            entry.choice("level", Level),
            entry.optional("phone"),
            entry.optional("district"),
            short_vi=entry.optional("short_vi") or "",
            short_en=entry.optional("short_en") or "",
        )
        _once(entry, "id", agency.id, known)
        if (agency.level is Level.DISTRICT) != (agency.district is not None):
            entry.fault("district", "an agency of a district, and no other, names it")
        if agency.district is not None and agency.district not in codes:
            entry.fault("district", f"no unit lies in a district {agency.district!r}")
        known[agency.id] = agency
    governed = {agency.district for agency in known.values()}
    for code in sorted(codes - governed):
        document.faults.append(ConfigFault(document.file, 0, f"district: {code} has no [[agency]]"))
    named = document.table("unit_agency")
    named.only(("vi", "en"))
    vi, en = named.text("vi"), named.text("en")
    for unit in city.units.values():
        words = vi.replace("{unit}", unit.name), en.replace("{unit}", unit.name)
        known[unit.id] = Agency(unit.id, *words, Level.WARD, None, unit.district or None, unit.id)
    return known


def _services(document: Document, agencies: dict[str, Agency]) -> dict[str, Service]:
    document.root().only(("group", "service", "field"))
    groups: dict[str, tuple[str, str]] = {}
    for entry in document.tables("group"):
        entry.only(("id", "vi", "en"))
        _once(entry, "id", entry.text("id"), groups)
        groups[entry.text("id")] = (entry.text("vi"), entry.text("en"))
    known: dict[str, Service] = {}
    for entry in document.tables("service"):
        entry.only(SERVICE)
        service = _service(entry, groups)
        _once(entry, "code", service.code, known)
        if service.agency is not None and service.agency not in agencies:
            entry.fault("agency", f"there is no agency {service.agency!r}")
        if service.agency is None and service.level not in AREA:
            entry.fault("agency", f"is missing: at level {service.level} no place says who acts")
        if (service.urgency is Urgency.PHONE) and service.phone is None:
            entry.fault("phone", "is missing: an urgency of phone says which number to ring")
        known[service.code] = service
    if not known:
        document.faults.append(ConfigFault(document.file, 0, "has no [[service]]"))
    for entry in document.tables("field"):
        _add_field(entry, known)
    return known


def _service(entry: Entry, groups: dict[str, tuple[str, str]]) -> Service:
    group = entry.text("group")
    if group and group not in groups:
        entry.fault("group", f"there is no group {group!r}")
    group_vi, group_en = groups.get(group, ("", ""))
    given = entry.values
    return Service(
        code=entry.text("code"),
        sort=entry.choice("sort", ReportSort),
        vi=entry.text("vi"),
        en=entry.text("en"),
        group_vi=group_vi,
        group_en=group_en,
        level=entry.choice("level", Level),
        deadline=timedelta(hours=entry.number("deadline_hours", 0.25, 8_784)),
        urgency=entry.choice("urgency", Urgency) if "urgency" in given else Urgency.NORMAL,
        agency=entry.optional("agency"),
        about_vi=entry.optional("about_vi") or "",
        about_en=entry.optional("about_en") or "",
        phone=entry.optional("phone"),
        keywords=entry.texts("keywords") if "keywords" in given else (),
        numbering=entry.choice("numbering", Numbering)
        if "numbering" in given
        else Numbering.REALTIME,
        same_within=timedelta(days=entry.number("same_days", 0.1, 365))
        if "same_days" in given
        else timedelta(days=14),
        is_public=_flag(entry, "public"),
        group=group,
    )


def _add_field(entry: Entry, services: dict[str, Service]) -> None:
    entry.only(FIELD)
    code = entry.text("service")
    datatype = entry.choice("datatype", Datatype)
    added = FormField(
        code=entry.text("code"),
        datatype=datatype,
        is_required=_flag(entry, "required"),
        vi=entry.text("vi"),
        en=entry.text("en"),
        hint_vi=entry.optional("hint_vi") or "",
        hint_en=entry.optional("hint_en") or "",
        choices=_choices(entry, datatype),
    )
    service = services.get(code)
    if service is None:
        entry.fault("service", f"there is no service {code!r}")
        return
    _once(entry, "code", added.code, {field.code for field in service.form})
    services[code] = replace(service, form=(*service.form, added))


def _choices(entry: Entry, datatype: Datatype) -> tuple[Choice, ...]:
    rows = entry.values.get("values")
    if datatype not in LISTS:
        if rows is not None:
            entry.fault("values", f"a field of {datatype} has none")
        return ()
    if not isinstance(rows, list) or not rows or not all(_is_choice(row) for row in rows):
        entry.fault("values", 'needs a list of ["key", "Vietnamese", "English"]')
        return ()
    keys = [row[0] for row in rows]
    if len(set(keys)) < len(keys):
        entry.fault("values", "has a key twice")
    return tuple(Choice(*row) for row in rows)


def _is_choice(row: object) -> bool:
    return isinstance(row, list) and len(row) == 3 and all(isinstance(v, str) and v for v in row)


def _owner(
    entry: Entry, agencies: dict[str, Agency], services: dict[str, Service], city: City
) -> Owner:
    entry.only(OWNER)
    owner = Owner(
        entry.text("agency"),
        entry.text("asset"),
        entry.number("within_m", 1, 5_000),
        entry.texts("services"),
    )
    if owner.agency and owner.agency not in agencies:
        entry.fault("agency", f"there is no agency {owner.agency!r}")
    place = city.places.get(owner.asset)
    if owner.asset and (place is None or place.kind not in OWNABLE):
        entry.fault("asset", f"there is no road, venue, site or point {owner.asset!r}")
    for code in owner.services:
        if code not in services:
            entry.fault("services", f"there is no service {code!r}")
    return owner


def _flag(entry: Entry, name: str) -> bool:
    value = entry.values.get(name, False)
    if not isinstance(value, bool):
        entry.fault(name, f"{value!r} is neither true nor false")
        return False
    return value


def _once(entry: Entry, name: str, value: str, known: Iterable[str] | Sequence[str]) -> None:
    if value and value in known:
        entry.fault(name, f"{value!r} stands twice")
