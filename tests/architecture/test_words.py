"""Every value that can reach a screen has its words in both languages."""

import inspect
from enum import StrEnum
from pathlib import Path

import ioc.access.model
import ioc.alerts.model
import ioc.breaches.model
import ioc.briefings.model
import ioc.calls.model
import ioc.cards.model
import ioc.doctor.model
import ioc.doses.model
import ioc.duplicates.model
import ioc.health.model
import ioc.intake
import ioc.limits
import ioc.lists.model
import ioc.lookups.model
import ioc.masking
import ioc.notices.model
import ioc.packs.model
import ioc.paper.model
import ioc.patrols.model
import ioc.people.model
import ioc.permits.model
import ioc.persons.model
import ioc.places
import ioc.registrations.model
import ioc.reports.model
import ioc.reports.offered
import ioc.reviews.model
import ioc.samples.model
import ioc.sampling
import ioc.subjects.model
import ioc.vehicles.model
import ioc.venues.model
from ingest.names import load_names
from ioc.labels import CONFIG_DIR, Language, enum_key, load_labels

ROOT = Path(__file__).resolve().parents[2]
MODELS = (
    ioc.access.model,
    ioc.alerts.model,
    ioc.briefings.model,
    ioc.breaches.model,
    ioc.calls.model,
    ioc.doctor.model,
    ioc.duplicates.model,
    ioc.doses.model,
    ioc.health.model,
    ioc.paper.model,
    ioc.samples.model,
    ioc.sampling,
    ioc.masking,
    ioc.subjects.model,
    ioc.intake,
    ioc.lists.model,
    ioc.limits,
    ioc.patrols.model,
    ioc.permits.model,
    ioc.people.model,
    ioc.persons.model,
    ioc.lookups.model,
    ioc.notices.model,
    ioc.packs.model,
    ioc.places,
    ioc.registrations.model,
    ioc.reports.model,
    ioc.reports.offered,
    ioc.reviews.model,
    ioc.vehicles.model,
    ioc.cards.model,
    ioc.venues.model,
)
ENUMS = sorted(
    {
        value
        for model in MODELS
        for _, value in inspect.getmembers(model, inspect.isclass)
        if issubclass(value, StrEnum) and value.__module__ == model.__name__
    },
    key=lambda enum: (enum.__name__, enum.__module__),
)


def test_every_enum_value_has_both_labels() -> None:
    labels = load_labels(CONFIG_DIR / "labels")
    keys = [enum_key(member) for enum in ENUMS for member in enum]
    assert not [key for key in keys if key not in labels], "config/labels lacks them"
    empty = [(key, of) for key in keys for of in Language if not labels[key][of].strip()]
    assert not empty
    assert len(keys) > 480


def test_both_languages_hold_the_same_placeholders() -> None:
    import string

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    labels = load_labels(CONFIG_DIR / "labels")
    differing = [
        key
        for key, texts in labels.items()
        if fields(texts[Language.VI]) != fields(texts[Language.EN])
    ]
    assert not differing


def test_the_columns_of_files_are_named_once_in_both_languages() -> None:
    assert load_names(CONFIG_DIR / "columns.toml")


def test_every_public_class_of_the_models_is_in_the_glossary() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    classes = {
        name
        for model in MODELS
        for name, value in inspect.getmembers(model, inspect.isclass)
        if value.__module__ == model.__name__
    }
    assert not [name for name in sorted(classes) if f"`{name}`" not in glossary]
