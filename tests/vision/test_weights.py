"""Model files are used only when they are the ones that were measured."""

import json

import pytest

from ioc.errors import Unavailable
from vision.weights import FOLDER, find_weights, load_manifest, sha256, write_manifest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "reader.onnx").write_bytes(b"a model")
    write_manifest(tmp_path)
    return tmp_path


def test_a_model_of_the_manifest_is_found(folder):
    assert find_weights("reader.onnx", folder) == folder / "reader.onnx"


def test_the_environment_names_another_folder(folder, monkeypatch):
    monkeypatch.setenv("IOC_WEIGHTS", str(folder))
    assert find_weights("reader.onnx") == folder / "reader.onnx"


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda f: (f / "reader.onnx").write_bytes(b"another"), "SHA-256"),
        (lambda f: (f / "reader.onnx").unlink(), "cannot be read"),
        (lambda f: (f / "manifest.json").unlink(), r"manifest\.json: cannot be read"),
        (lambda f: (f / "manifest.json").write_text("{"), "is no JSON"),
        (lambda f: (f / "manifest.json").write_text("[]"), '"files"'),
        (lambda f: (f / "manifest.json").write_text('{"files": {"reader.onnx": 7}}'), '"files"'),
        (lambda f: (f / "manifest.json").write_text('{"files": {}}'), r"no model named 'reader"),
    ],
    ids=["changed", "gone", "no-manifest", "broken", "list", "number", "unlisted"],
)
def test_what_is_wrong_with_a_model_is_named(folder, damage, complaint):
    damage(folder)
    with pytest.raises(Unavailable, match=complaint):
        find_weights("reader.onnx", folder)


def test_the_shipped_models_are_those_of_the_manifest_and_small():
    promised = load_manifest(FOLDER)
    assert set(promised) == {"detector.onnx", "reader.onnx"}
    for name, digest in promised.items():
        path = find_weights(name, FOLDER)
        assert sha256(path) == digest
        assert path.stat().st_size < 12_000_000


def test_the_manifest_is_plain_json():
    assert list(json.loads((FOLDER / "manifest.json").read_text())) == ["files"]
