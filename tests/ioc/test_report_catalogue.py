"""What is wrong in the catalogue of services is named by file, line and field, all at once."""

import shutil
from pathlib import Path

import pytest

from ioc.calls.hotlines import read_hotlines
from ioc.check_config import check_config
from ioc.city import load_city
from ioc.errors import ConfigFault
from ioc.labels import CONFIG_DIR
from ioc.places import City
from ioc.reports.catalogue import read_catalogue

FILES = ("services.toml", "agencies.toml", "hotlines.toml")
LIGHT = 'code = "street-light"\nsort = "field"\n'
CASES = [
    ("services.toml", LIGHT, 'code = "noise"\nsort = "field"\n', "code: 'noise' stands twice"),
    ("services.toml", LIGHT, 'code = "street-light"\nsort = "filed"\n', "sort: 'filed' is none of"),
    ("services.toml", 'group = "city"', 'group = "town"', "group: there is no group 'town'"),
    ("services.toml", 'agency = "hepco"', 'agency = "hepko"', "agency: there is no agency 'hepko'"),
    (
        "services.toml",
        "deadline_hours = 24",
        "deadline_hours = 0",
        "deadline_hours: 0 does not lie",
    ),
    ("services.toml", "deadline_hours = 24", 'deadline = "1 d"', "deadline: is not known here"),
    ("services.toml", 'level = "district"', 'level = "department"', "agency: is missing: at level"),
    ("services.toml", 'phone = "113"\n', "", "phone: is missing: an urgency of phone"),
    ("services.toml", "public = true", 'public = "yes"', "public: 'yes' is neither true nor false"),
    ("services.toml", 'numbering = "batch"', 'numbering = "bach"', "'batch' meant"),
    ("services.toml", 'service = "garbage"', 'service = "trash"', "service: there is no service"),
    ("services.toml", 'datatype = "singlevaluelist"', 'datatype = "list"', "datatype: 'list' is"),
    (
        "services.toml",
        'datatype = "singlevaluelist"',
        'datatype = "text"',
        "values: a field of text",
    ),
    ("services.toml", '["overflow", ', '["missing", ', "values: has a key twice"),
    ("services.toml", '["overflow", "Thùng đầy tràn", ', "[", "values: needs a list of"),
    ("services.toml", 'required = true\nvi = "Tình', 'required = 1\nvi = "Tình', "required: 1 is"),
    ("services.toml", 'en = "Street lights"\n', "", "en: is missing"),
    ("agencies.toml", 'centre = "ioc"', 'centre = "iok"', "centre: there is no agency 'iok'"),
    ("agencies.toml", 'publish = "at_once"', 'publish = "soon"', "publish: 'soon' is none of"),
    ("agencies.toml", "reopen_days = 14", "reopen_days = 0", "reopen_days: 0 does not lie"),
    ("agencies.toml", 'id = "so-y-te"', 'id = "cdc"', "id: 'cdc' stands twice"),
    (
        "agencies.toml",
        'level = "district"\n',
        'level = "ward"\n',
        "district: an agency of a district",
    ),
    ("agencies.toml", 'asset = "dong-ba"', 'asset = "dongba"', "asset: there is no road, venue"),
    ("agencies.toml", '["pothole", ', '["potholes", ', "services: there is no service 'potholes'"),
    ("agencies.toml", "within_m = 150", "within_m = -1", "within_m: -1 does not lie"),
    ("hotlines.toml", 'id = "1022"', 'id = "10-22"', "id: '10-22' is no number"),
    ("hotlines.toml", 'line = "1022"', 'line = "1023"', "line: there is no line '1023'"),
    ("hotlines.toml", 'service = "other"', 'service = "others"', "service: there is no service"),
    ("hotlines.toml", 'id = "card"', 'id = "support"', "id: 'support' stands twice"),
]


@pytest.fixture(scope="module")
def hue() -> City:
    return load_city(CONFIG_DIR / "hue")


def faults_of(folder: Path, city: City) -> list[ConfigFault]:
    known, faults = read_catalogue(folder, city)
    return [*faults, *read_hotlines(folder, known)[1]]


@pytest.mark.parametrize(("file", "old", "new", "words"), CASES, ids=[case[3] for case in CASES])
def test_a_fault_names_the_field_of_its_line(
    hue: City, tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    for name in FILES:
        shutil.copy(CONFIG_DIR / "hue" / name, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    before, found, after = text.partition(old)
    assert found, old
    (tmp_path / file).write_text(before + new + after, encoding="utf-8")
    faults = [fault for fault in faults_of(tmp_path, hue) if words in fault.fault]
    assert faults, faults_of(tmp_path, hue)
    assert faults[0].file.name == file
    # At the field, or where it is missing at its table; what stands twice is told of the second.
    table = before.rfind("[[")
    at_table = before[:table].count("\n") + 1
    assert at_table <= faults[0].line, faults[0]


def test_the_shipped_catalogue_is_sound_and_is_checked_with_the_city(
    hue: City, tmp_path: Path
) -> None:
    assert faults_of(CONFIG_DIR / "hue", hue) == []
    known, _ = read_catalogue(CONFIG_DIR / "hue", hue)
    named = {a.district for a in known.agencies.values() if a.level == "district"}
    assert named == {unit.district for unit in hue.units.values() if unit.district}
    shutil.copytree(CONFIG_DIR / "labels", tmp_path / "labels")
    for shared in CONFIG_DIR.glob("*.toml"):
        shutil.copy(shared, tmp_path)
    folder = Path(shutil.copytree(CONFIG_DIR / "hue", tmp_path / "hue"))
    (folder / "services.toml").unlink()
    assert "services.toml" in {fault.file.name for fault in check_config(folder)}
