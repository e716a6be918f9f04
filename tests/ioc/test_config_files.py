"""Every file of a city is checked by whoever reads it, and what leaves something unseen is told."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.checks import config_faults as ingest_faults
from ioc.admin import app
from ioc.check_config import FILES, check_config
from ioc.check_holes import config_holes
from ioc.check_scenarios import item_faults
from ioc.city import load_city
from ioc.errors import ConfigFault
from ioc.labels import load_labels
from ioc.places import City
from ioc.roads import CityRoads
from ioc.vocabulary import Vocabulary
from tests.conftest import ROOT
from tests.ioc.test_check_config import spoil
from vision.checks import config_faults as vision_faults

DAY = date(2021, 10, 4)
KNOWN = Vocabulary(
    products={"vero-cell", "astrazeneca", "pfizer", "moderna"},
    kinds={"pcr", "antigen"},
    services={"noise", "pothole", "street-light", "waste-water", "drain", "tree", "pavement"},
    lines={"19001075"},
    branches={"0", "1", "2", "3"},
    topics={"suspected-infection", "travel", "support", "supplies", "card"},
)
FEEDS = """
[[feed]]
id = "national"
kind = "tests"
url = "https://platform.example/tests"
source = "national"
every_s = 60
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = tmp_path_factory.mktemp("whole") / "config"
    shutil.copytree(ROOT / "config", config)
    (config / "hue" / "feeds.toml").write_text(FEEDS, encoding="utf-8")
    return config


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of config/hue of which a test may spoil a file."""
    config = tmp_path / "config"
    shutil.copytree(whole, config)
    return config / "hue"


def city_items(folder: Path, city: City) -> Callable[[], list[ConfigFault]]:
    return lambda: item_faults(folder, city, KNOWN)


INGEST = [
    ("people.toml", "registered_at = 999", "registered_at = 0", "registered_at: 0 does not lie"),
    ("people.toml", "[middle]\nmale", "[middle]\nmail", "mail: is not known here; is 'male' meant"),
    ("people.toml", '"Bùi" = 2', '"Bùi" = "two"', "Bùi: 'two' is no whole number"),
    ("people.toml", "85 = 10", "x85 = 10", "x85: is no age from 0 to 120"),
    ("people.toml", "[ages]", "[age]", "age: is not known here; is 'ages' meant?"),
    ("rhythm.toml", "[stream.scans]", "[stream.scan]", "stream: 'scan' is none of scans"),
    ("rhythm.toml", "per_day = 94_800", "per_dy = 94_800", "per_dy: is not known here"),
    ("rhythm.toml", "hours = [2, 1, 1,", "hours = [2, 1,", "hours: needs 24 weights"),
    ("rhythm.toml", "vero-cell = 60", "verocell = 60", "verocell: 'verocell' is none of"),
    ("rhythm.toml", "pcr = 60", "pct = 60", "pct: 'pct' is none of antigen, pcr"),
    ("rhythm.toml", "checkpoint = 10", "checkpiont = 10", "'checkpiont' is none of"),
    ("rhythm.toml", '"3" = 14', '"9" = 14', "9: '9' is none of 0, 1, 2, 3"),
    ("rhythm.toml", "travel = 34", "traffic = 34", "traffic: 'traffic' is none of"),
    ("rhythm.toml", "personal_qr = 90", "personal = 90", "personal: 'personal' is none of"),
    ("rhythm.toml", 'line = "19001075"', 'line = "1022"', "line: '1022' is none of 19001075"),
    ("rhythm.toml", 'code = "noise"', 'code = "nose"', "code: 'nose' is none of"),
    ("rhythm.toml", "scanned_out = 70", "scanned_out = 170", "scanned_out: 170 does not lie"),
    ("replay.toml", "as_of = 2021-10-03", 'as_of = "soon"', "as_of: 'soon' is no day"),
    ("replay.toml", "second = 92_167", "second = 192_167", "second: is more than half"),
    ("replay.toml", "total = 267_490", "total = 2_490", "total: is less than the doses"),
    (
        "replay.toml",
        "from_on = 2021-09-14",
        "from_on = 2031-09-14",
        "from_on: is a day until as_of",
    ),
    ("replay.toml", "points = 1_368", "point = 1_368", "point: is not known here"),
    ("feeds.toml", 'kind = "tests"', 'kind = "test"', "kind: 'test' is none of"),
    ("feeds.toml", "https://", "ftp://", "must begin with http:// or https://"),
    ("feeds.toml", "every_s = 60", "every = 60", "every: is not known here; is 'every_s' meant?"),
    ("../columns.toml", 'en = "Record id"', 'eng = "Record id"', "id: needs vi and en"),
]


@pytest.mark.parametrize(("name", "old", "new", "why"), INGEST)
def test_a_fault_in_what_ingest_alone_reads_is_named(folder: Path, name, old, new, why) -> None:
    assert ingest_faults(folder, KNOWN) == []
    line = spoil(folder / name, old, new)
    faults = ingest_faults(folder, KNOWN)
    [fault] = [one for one in faults if why in one.fault] or [faults]
    assert isinstance(fault, ConfigFault), faults
    assert fault.file.resolve() == (folder / name).resolve()
    # What is named by a table stands at its head, what is missing nowhere.
    assert fault.line in (0, 1) or abs(fault.line - line) <= 1


ITEMS = [
    ('camera = "cam-008", plate', 'camera = "cam-800", plate', "item: camera: no camera 'cam-800'"),
    ('point = "lang-co"', 'point = "lang-cho"', "item: point: no point 'lang-cho'"),
    ('destination = "19750-2021"', 'destination = "19751-2021"', "destination: no unit"),
    ('class = "green"', 'class = "gren"', "item: class: 'gren' is none of"),
    ('means = "train", expected', 'means = "tram", expected', "item: means: 'tram' is none of"),
    ('product = "vero-cell"', 'product = "vero"', "item: product: 'vero' is none of"),
    ('kind = "pcr"', 'kind = "pcl"', "item: kind: 'pcl' is none of antigen, pcr"),
    ('service_code = "drain"', 'service_code = "drains"', "service_code: 'drains' is none of"),
    ('facility = "xn-bvtw"', 'facility = "xn-bvt"', "item: facility: no facility 'xn-bvt'"),
]


@pytest.mark.parametrize(("old", "new", "why"), ITEMS)
def test_what_a_scenario_names_and_the_city_has_not_is_named(
    folder: Path, hue_roads: CityRoads, old: str, new: str, why: str
) -> None:
    line = spoil(folder / "scenarios.toml", old, new)
    [fault] = item_faults(folder, hue_roads.city, KNOWN)
    assert (fault.file.name, fault.line, why in fault.fault) == ("scenarios.toml", line, True), (
        fault
    )


def test_a_limit_of_camera_health_that_is_misspelt_is_named(folder: Path) -> None:
    assert vision_faults(folder, None) == []
    spoil(folder.parent / "camera_health.toml", "edges_left", "edge_left")
    [fault] = vision_faults(folder, None)
    assert "edge_left: is not known here; is 'edges_left' meant?" in fault.fault


def test_every_file_of_a_city_has_a_reader_and_what_an_edge_reads_is_asked_of_it(
    folder: Path,
) -> None:
    files = {file.name for file in folder.glob("*") if file.suffix in (".toml", ".csv")}
    assert files == set(FILES)
    for file in files:
        (folder / file).write_bytes(b"\xff")
    (folder / "rule.toml").write_text("a = 1", encoding="utf-8")
    (folder.parent / "camera_health.toml").write_bytes(b"\xff")
    faults = check_config(folder)
    # What hangs on the places is judged once they can be read.
    assert {one.file.name for one in faults} >= files - {"services.toml", "agencies.toml"} - {
        "hotlines.toml"
    } | {"rule.toml", "camera_health.toml"}
    assert any("rule.toml: is no file of a city; is 'rules.toml'" in str(one) for one in faults)


def test_a_label_that_stands_in_two_files_is_named(folder: Path) -> None:
    labels = folder.parent / "labels"
    again = (labels / "places.toml").read_text(encoding="utf-8")
    (labels / "zones.toml").write_text(again, encoding="utf-8")
    with pytest.raises(ConfigFault, match=r"zones\.toml.*stands already in places\.toml"):
        load_labels(labels)


def test_a_site_that_no_camera_watches_is_told_as_a_warning(folder: Path) -> None:
    assert config_holes(folder, load_city(folder), DAY) == []
    line = spoil(folder / "sites.csv", "kcl-quan-su,", "kcl-quan-su,")
    cameras = folder / "cameras.csv"
    rows = cameras.read_text(encoding="utf-8").splitlines(True)
    # The gate that leads out of a site sees nobody come.
    kept = [row for row in rows if ",kcl-quan-su," not in row and ",kcl-01,,16" not in row]
    seen = [row for row in kept if not ("quarantine,in" in row and ",kcl-01," in row)]
    cameras.write_text("".join(seen), encoding="utf-8")
    holes = config_holes(folder, load_city(folder), DAY)
    assert [hole.fault.split(":")[0] for hole in holes] == ["kcl-quan-su", "kcl-01"]
    assert (holes[0].file.name, holes[0].line) == ("sites.csv", line)
    run = CliRunner().invoke(app, ["check-config", str(folder)])
    assert run.exit_code == 0
    assert run.output.count("warning: ") == 2
    spoil(folder / "notices.toml", 'topic = "red.unseen"', 'topic = "list.stale"')
    assert "nobody is asked to ring" in config_holes(folder, load_city(folder), DAY)[-1].fault


def test_a_main_road_without_a_camera_and_rules_that_follow_no_red_are_told(folder: Path) -> None:
    cameras = folder / "cameras.csv"
    rows = cameras.read_text(encoding="utf-8").splitlines(True)
    cameras.write_text("".join(r for r in rows if ",hung-vuong," not in r), encoding="utf-8")
    rules = (folder / "rules.toml").read_text(encoding="utf-8")
    dated = '[[overdue]]\nid = "R-D12"'
    ended = rules.replace(dated, f"{dated}\nvalid_until = 2021-01-01")
    (folder / "rules.toml").write_text(ended, encoding="utf-8")
    road, rule = config_holes(folder, load_city(folder), DAY)
    assert "hung-vuong: no camera watches this main road" in road.fault
    assert "no [[overdue]] rule in force" in rule.fault
