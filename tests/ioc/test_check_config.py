"""A fault in a city's folder is named: its file, its line, what is wrong; all of them at once."""

import shutil
from pathlib import Path

import pytest

from ioc.check_config import check_config
from ioc.city import load_city
from ioc.config import LARGEST_BYTES
from ioc.errors import ConfigFault

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # Read once for all: they are half of what there is to read.
    (tmp_path / "labels").symlink_to(CONFIG / "labels")
    for shared in CONFIG.glob("*.toml"):
        shutil.copy(shared, tmp_path)
    return Path(shutil.copytree(CONFIG / "hue", tmp_path / "hue"))


def spoil(file: Path, old: str, new: str) -> int:
    """Write `new` for the first `old` and return its line."""
    text = file.read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, f"{file.name} has no {old!r}"
    file.write_text(before + new + after, encoding="utf-8")
    return before.count("\n") + 1


def test_the_first_city_has_no_fault() -> None:
    assert check_config(CONFIG / "hue") == []


def test_a_road_that_joins_no_other_is_named_by_its_cameras(folder: Path) -> None:
    spoil(folder / "city.toml", "join_km = 2.5", "join_km = 0")
    line = spoil(folder / "cameras.csv", "cam-028,", "cam-028,")
    faults = check_config(folder)
    assert all("no drawn road leads to it" in fault.fault for fault in faults)
    assert line in {fault.line for fault in faults}


ENTRIES = [
    ('"hue-station"', '"hue-statoin"', "points: there is no point 'hue-statoin'"),
    ("call_after_minutes = 5", "call_after_minutes = 10", "is not less than call_within"),
    ("follow_up_days = [1, 3", "follow_up_days = [3, 1", "needs a rising list of whole numbers"),
    ("same_hours = 4", "same_hours = 0", "0 does not lie between"),
]


@pytest.mark.parametrize(("old", "new", "why"), ENTRIES)
def test_a_fault_in_how_people_come_in_is_named(folder: Path, old, new, why) -> None:
    line = spoil(folder / "city.toml", old, new)
    [fault] = check_config(folder)
    assert (fault.line, why in fault.fault) == (line, True), fault


CAM_117 = "cam-117,Hùng Vương,main,both,"
PLACES = [
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,mian,both,", "'main' meant"),
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,main,bith,", "direction: 'bith' is none of in"),
    ("cameras.csv", CAM_117, "cam-116,Hùng Vương,main,both,", "'cam-116' stands already in"),
    ("cameras.csv", CAM_117, "CAM 117,Hùng Vương,main,both,", "id: 'CAM 117' needs small letters"),
    ("cameras.csv", CAM_117, "cam-117,,main,both,", "name: is missing"),
    ("cameras.csv", CAM_117, "cam-117,main,both,", "has 14 fields where the header has 15"),
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,local,both,", "while hung-vuong is main"),
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,gate,both,", "a gate camera names its checkpoint"),
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,venue,both,", "a venue camera names its point"),
    ("cameras.csv", CAM_117, "cam-117,Hùng Vương,quarantine,both,", "site: a quarantine camera"),
    ("cameras.csv", 'hướng nam",hung-vuong,', 'hướng nam",hung-vuongg,', "'hung-vuong' meant"),
    ("cameras.csv", 'hướng nam",hung-vuong,', 'hướng nam",dong-ba,', "no road 'dong-ba'"),
    ("cameras.csv", ",kcl-truong-bia,", ",kcl-99,", "site: no site 'kcl-99'"),
    ("cameras.csv", "19789-2021", "19789-2020", "unit: no unit '19789-2020'"),
    ("points.csv", "dong-ba-12,market,", "dong-ba-12,marked,", "kind: 'marked' is none of"),
    ("points.csv", 'cổng 12",dong-ba,', 'cổng 12",dong-be,', "site: no venue 'dong-be'"),
    ("points.csv", "16.6300,107.3065", "17.6300,107.3065", "lies outside the outline"),
    ("points.csv", "16.6300,107.3065", "116.63,107.3065", "lat: 116.63 does not lie between"),
    ("points.csv", "16.6300,107.3065", "16.63x,107.3065", "lat: '16.63x' is no number"),
    ("points.csv", "16.6300,107.3065", "nan,107.3065", "lat: nan does not lie between"),
    ("points.csv", "2021-05-01,,", "2021-05-32,,", "valid_from: '2021-05-32' is no day"),
    ("points.csv", "2021-05-01,,", "2021-05-01,2021-04-01,", "is not later than valid_from"),
    ("roads.csv", "Cầu Dã Viên - Bùi Thị Xuân,local", "Dã Viên,gate", "a road is main or local"),
    ("roads.csv", ",1.4,", ",-1.4,", "length_km: -1.4 does not lie between"),
    ("roads.csv", "; 16.4585 107.5998", "; 16.4585", "line: needs two or more points"),
    ("units.csv", ",23033,", ",23033.5,", "population: '23033.5' is no whole number"),
    ("units.csv", "19753-2025", "19753-2052", "successor: no unit '19753-2052'"),
    ("units.csv", "2025-07-01,19753-2025", "2025-08-01,19753-2025", "starts before 2025-08-01"),
    ("units.csv", "2025-07-01,19753-2025", ",19753-2025", "a unit with a successor ends"),
    ("sites.csv", ",1600,", ",0,", "capacity: 0 does not lie between 1"),
    ("facilities.csv", "xn-bvtw-2,", "xn-bvtw,", "'xn-bvtw' stands already in facilities.csv:2"),
    ("vaccination_sites.csv", "tc-bvtw,", "dong-ba,", "'dong-ba' stands already in venues.csv:2"),
    ("city.toml", '"Asia/Ho_Chi_Minh"', '"Asia/Hue"', "time_zone: 'Asia/Hue' is no time zone"),
    ("city.toml", "sure_confidence = 0.95", "sure_confidence = 95", "95 does not lie between"),
    ("city.toml", "incident_minutes", "incident_minuts", "'incident_minutes' meant"),
    ("city.toml", "P2 = 120", 'P2 = "soon"', "P2: 'soon' is no whole number"),
    ("privacy.toml", "days = 60", "days = 30", "days: 30 does not lie between 46"),
    ("privacy.toml", 'basis = "epidemic"', 'basis = "habit"', "there is no [[basis]] 'habit'"),
    ("privacy.toml", "breach_hours = 72", "breach_hours = 96", "96 does not lie between 1 and 72"),
    ("privacy.toml", "sensitive = true", "sensitive = 1", "sensitive: is true or false"),
    ("city.toml", 'kind = "river"', 'kind = "rive"', "kind: 'rive' is none of river, lagoon"),
    ("roads.csv", ",130,60,", ",1300,60,", "top_kmh: 1300 does not lie between 10 and 250"),
    ("city.toml", "lane_top_kmh", "lane_top_kph", "'lane_top_kmh' meant"),
    ("city.toml", '["75"]', "75", "home_plates: needs a list of texts"),
]
UNITS = [
    ("patrols.csv", "to-02,", "to-01,", "'to-01' stands twice"),
    ("patrols.csv", "Tổ 2 Ưu Điềm", "TỔ 1 Mỹ Chánh", "stands twice"),
    ("patrols.csv", "response_team", "team", "kind: 'team' is none of"),
    ("patrols.csv", "16.6300,", "26.6300,", "lies outside the outline"),
    ("patrols.csv", "19846-2021", "19846-2020", "there is no unit '19846-2020'"),
]
RULES = [
    (
        "admission.toml",
        'when = { way = "out" }',
        'when = { way = "up" }',
        "rule.1.when.way: must be",
    ),
    ("admission.toml", 'reason = "forged"', 'reason = "odd"', "rule.3.reason: is none of"),
    ("admission.toml", "dong-ba = 6000", "dong-bo = 6000", "capacity.dong-bo: no point"),
    ("admission.toml", "an-cuu = 1500", "an-cuu = -1", "capacity.an-cuu: must be a number"),
    ("cards.toml", 'prefix = "46"', 'prefix = ""', "prefix: needs 1 to 8"),
    ("city.toml", "act_from = 0.95", "act_from = 95", "act_from: 95 does not lie between"),
    ("city.toml", "act_from = 0.95", "act_frm = 0.95", "'act_from' meant"),
    ("city.toml", "review_from = 0.05", "review_from = 0.99", "review_from: lies above act_from"),
    ("city.toml", "vehicles = 60_000_000", "vehicles = 0", "vehicles: 0 does not lie between"),
    ("city.toml", "act = 0.02", "act = 2", "act: 2 does not lie between"),
    ("city.toml", "undo_s = 10", "undo_s = 100", "undo_s: 100 does not lie between"),
    ("city.toml", "leave = false", 'leave = "no"', "labels_may_leave: is true or false"),
    ("rules.toml", 'outcome = "stop"', 'outcome = "stopp"', "outcome: 'stopp' is none of"),
    ("rules.toml", 'reason = "yellow_on_main"', 'reason = "yellow"', "reason: 'yellow' is none"),
    ("rules.toml", 'id = "R-V2"', 'id = "R-V1"', "R-V1 version 1 stands twice"),
    ("rules.toml", 'priority = "P2"', 'priority = "P4"', "priority: 'P4' is none of P1, P2, P3"),
    ("rules.toml", 'permit = "yellow"', 'permit = "yelow"', "permit: 'yelow' is none of"),
    ("rules.toml", 'when = "inbound"', 'when = "inbond"', "when: 'inbond' is none of"),
    ("rules.toml", "valid_from = 2020-08-01", 'valid_from = "today"', "'today' is no day"),
    ("rules.toml", 'finds = "cloned"', 'finds = "clone"', "finds: 'clone' is none of"),
    ("rules.toml", 'listed = "wanted"', 'listed = "lost"', "listed: 'lost' is none of stolen"),
    ("rules.toml", "slack_s = 120", "slack_s = 12000", "slack_s: 12000 does not lie between"),
    ("rules.toml", "allowed_minutes = 180", "allowed_minutes = 0", "0 does not lie between 1"),
    ("rules.toml", "home = true", 'home = "yes"', "home: is true or is left out"),
    ("rules.toml", 'plates = "[A-Z]', 'plates = "([A-Z]', "plates: is no pattern"),
    ("rules.toml", 'en = "A green', 'eng = "A green', "eng: is not known here; is 'en' meant?"),
    (
        "figures.toml",
        'from = "state"\nmetrics',
        'from = "count"\nmetrics',
        "from: 'count' is none of",
    ),
    ("figures.toml", 'name = "scans_total"', 'name = "scans_today"', "'scans_today' stands twice"),
    ("figures.toml", 'span = "now"', 'span = "today"', "is now for a state"),
    ("demo.toml", 'id = "cam-117"', 'id = "cam-717"', "id: no camera 'cam-717'"),
    ("demo.toml", "&pool=market", "&pool=markt", "source: there is no [pool.markt]"),
    ("demo.toml", 'destination = "kcl-04"', 'destination = "kcl-40"', "no site 'kcl-40'"),
    ("demo.toml", 'kind = "motorbike"', 'kind = "bike"', "kind: 'bike' is none of car, lorry"),
    ("demo.toml", "per_hour = 40", "per_hour = 4000", "per_hour: "),
    ("demo.toml", "routes = [", "route = [", "route: "),
    ("demo.toml", "until_hours = 18", "until_hours = -18", "is not later than from_hours"),
]


@pytest.mark.parametrize(("name", "old", "new", "fault"), PLACES)
def test_a_city_with_a_fault_is_not_opened(
    folder: Path, name: str, old: str, new: str, fault: str
) -> None:
    line = spoil(folder / name, old, new)
    with pytest.raises(ConfigFault) as caught:
        load_city(folder)
    assert (caught.value.file, caught.value.line) == (folder / name, line)
    assert fault in caught.value.fault


@pytest.mark.parametrize(("name", "old", "new", "fault"), [*PLACES, *UNITS, *RULES])
def test_a_fault_names_its_file_and_line(
    folder: Path, name: str, old: str, new: str, fault: str
) -> None:
    line = spoil(folder / name, old, new)
    first = check_config(folder)[0]
    assert (first.file, first.line) == (folder / name, line)
    assert fault in first.fault
    assert str(first).startswith(f"{folder / name}:{line}: ")


@pytest.mark.parametrize(
    ("name", "content", "line", "fault"),
    [
        ("cameras.csv", None, 0, "cannot be read: No such file"),
        ("cameras.csv", b"", 0, "is empty"),
        ("cameras.csv", b" \n\n", 0, "is empty"),
        ("cameras.csv", b"id,name\n\xff\xfe,x\n", 2, "is not UTF-8"),
        ("cameras.csv", b"x" * (LARGEST_BYTES + 1), 0, "is larger than 4 MB"),
        ("sites.csv", b"id,name,capacity,lat,lon,unit\n", 0, "has no rows"),
        ("sites.csv", b'id,name\n"a,b\n', 2, "is no CSV"),
        ("sites.csv", b"id,name,lat,lon,unit\na,b,16.4,107.6,x\n", 1, "column capacity is missing"),
        ("city.toml", None, 0, "cannot be read: No such file"),
        ("city.toml", b'id = "hue\nname = 3\n', 1, "is no TOML"),
        ("rules.toml", b"[[rule]\n", 1, "is no TOML"),
        ("rules.toml", b"rule = 3\n", 0, "rule: is written [[rule]]"),
        ("figures.toml", b"# nothing\n", 0, "has no [[figure]]"),
        ("demo.toml", b"camera = [3]\n", 0, "camera: is written [[camera]]"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, name: str, content: bytes | None, line: int, fault: str
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    faults = check_config(folder)
    assert any(f.file == folder / name and f.line == line and fault in f.fault for f in faults)


def test_all_faults_are_reported_at_once(folder: Path) -> None:
    lines = {
        (name, spoil(folder / name, old, new))
        for name, old, new in [
            ("units.csv", ",23033,", ",many,"),
            ("roads.csv", ",1.4,", ",,"),
            ("points.csv", "dong-ba-12,market,", "dong-ba-12,marked,"),
            ("cameras.csv", CAM_117, "cam-117,Hùng Vương,mian,both,"),
            ("city.toml", '"Asia/Ho_Chi_Minh"', '"Asia/Hue"'),
            ("rules.toml", 'outcome = "stop"', 'outcome = "stopp"'),
            ("figures.toml", 'from = "state"\nmetrics', 'from = "count"\nmetrics'),
            ("demo.toml", 'kind = "motorbike"', 'kind = "bike"'),
        ]
    }
    assert {(fault.file.name, fault.line) for fault in check_config(folder)} == lines
    with pytest.raises(ConfigFault, match=r"and 4 more, see ioc admin check-config"):
        load_city(folder)


def test_a_misspelt_column_is_one_fault_and_not_one_for_each_row(folder: Path) -> None:
    spoil(folder / "roads.csv", "road_class", "roadclass")
    faults = [fault.fault for fault in check_config(folder) if fault.file.name == "roads.csv"]
    assert faults == [
        "column road_class is missing",
        "column 'roadclass' is not known here; is 'road_class' meant?",
    ]
    assert not [f for f in check_config(folder) if f.file.name in ("points.csv", "units.csv")]


def test_a_pair_that_no_rule_decides_is_named(folder: Path) -> None:
    spoil(
        folder / "rules.toml",
        'reason = "yellow_on_main"',
        'reason = "yellow_on_main"\nwhen = "inbound"',
    )
    assert [fault.fault for fault in check_config(folder)] == [
        "no rule without `when` for permit yellow and road_class main"
    ]


def test_a_rule_that_is_never_reached_is_named(folder: Path) -> None:
    line = spoil(
        folder / "rules.toml",
        'permit = "yellow"\nroad_class = "gate"',
        'permit = "yellow"\nroad_class = "main"',
    )
    faults = check_config(folder)
    assert [(fault.line, fault.fault) for fault in faults[:1]] == [
        (line, "permit: is never reached: a rule above decides every such read")
    ]


def test_an_alert_belongs_to_a_verdict_that_raises_one(folder: Path) -> None:
    spoil(folder / "rules.toml", 'outcome = "note"', 'outcome = "note"\npriority = "P3"')
    assert "priority: stands only where an alert is raised" in check_config(folder)[0].fault


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('listed = "wanted"\n', "", "listed: is missing, which watched needs"),
        ('"hours", "wrong_way"]', '"hours", "watched"]', "lifts: 'watched' is none of permit"),
        ("home = true\n", "", "plates: is missing: nothing says which vehicles are meant"),
        ('finds = "looks"', 'finds = "looks"\nhours = "22h"', "hours: '22h' is no time of day"),
        ('finds = "looks"', 'finds = "looks"\nunits = ["x"]', "units: no unit 'x'"),
        (
            'id = "R-B5"\nfinds = "not_read"',
            'id = "R-B5"\nfinds = "not_read"\nroad_class = "gate"',
            "no finding for a plate that was not read (unreadable) and road_class main",
        ),
        (
            'permit = "yellow"\nroad_class = "main"',
            'valid_until = 2021-10-05\npermit = "yellow"\nroad_class = "main"',
            "no rule without `when` for permit yellow and road_class main from 2021-10-05 on",
        ),
    ],
)
def test_what_the_rules_leave_open_is_named(folder: Path, old: str, new: str, fault: str) -> None:
    spoil(folder / "rules.toml", old, new)
    faults = check_config(folder)
    assert len(faults) == 1
    assert fault in faults[0].fault


def test_versions_of_a_rule_that_overlap_are_named(folder: Path) -> None:
    rules = folder / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    start = text.index('[[finding]]\nid = "R-A2"')
    old = text[start : text.index("[[finding]]", start + 1)]
    new = old.replace("version = 1", "version = 2").replace("2020-08-01", "2021-10-05")
    rules.write_text(text[:start] + old + new + text[start + len(old) :], encoding="utf-8")
    [fault] = check_config(folder)
    assert "valid_from: begins before version 1 ends" in fault.fault
    ended = old.replace("version = 1", "version = 1\nvalid_until = 2021-10-05")
    rules.write_text(text[:start] + ended + new + text[start + len(old) :], encoding="utf-8")
    assert check_config(folder) == []


def test_a_label_without_a_language_is_named(folder: Path) -> None:
    labels = folder.parent / "labels"
    labels.unlink()
    shutil.copytree(CONFIG / "labels", labels)
    spoil(labels / "places.toml", ', en = "Camera"', "")
    assert [fault.fault for fault in check_config(folder)] == ["place_kind.camera: needs vi and en"]


def test_a_spreadsheet_s_byte_order_mark_is_no_fault(folder: Path) -> None:
    file = folder / "sites.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert check_config(folder) == []
