"""What is no replica of the store is not read from; a real one is tried in tests/faults."""

from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from sqlalchemy import text

from ioc.centre import Centre, open_centre
from ioc.db import transact
from ioc.errors import InvalidInput, NotFound
from ioc.settings import Settings, load_settings


def opened(settings: Settings, url: str) -> AbstractContextManager[Centre]:
    return open_centre(replace(settings, replica_url=url))


def database_of(centre: Centre) -> str:
    question = text("SELECT current_database()")
    return str(transact(centre.engine, lambda conn: conn.execute(question).scalar_one()))


@pytest.mark.parametrize("sort", ["away", "no replica"])
def test_what_cannot_serve_is_passed_over_and_left_alone(
    settings: Settings, database: str, sort: str
) -> None:
    away = "postgresql+psycopg2://nobody@127.0.0.1:1/ioc"
    with opened(settings, away if sort == "away" else settings.database_url) as centre:
        assert centre.read(database_of) == database
        assert centre.read(database_of) == database
        assert centre.replica is not None
        assert (centre.replica.served, centre.replica.passed_on) == (0, 2)


def test_a_fault_of_the_question_is_told_once(settings: Settings) -> None:
    asked = []

    def ask(centre: Centre) -> None:
        asked.append(centre)
        raise NotFound("camera", "cam-999")

    with opened(settings, settings.database_url) as centre:
        with pytest.raises(NotFound):
            centre.read(ask)
        assert asked == [centre]


def test_an_address_that_is_none_is_named(settings: Settings, service_env) -> None:
    with pytest.raises(InvalidInput) as refused, opened(settings, "mysql://x"):
        pass
    assert refused.value.field == "IOC_REPLICA_URL"
    env = {**service_env, "IOC_REPLICA_URL": " postgresql+psycopg2://u:p@h/d "}
    assert load_settings(env).replica_url == "postgresql+psycopg2://u:p@h/d"
    assert ":p@" not in repr(load_settings(env))
