"""The words that a city's own files define: vaccines, kinds of tests, services, lines, topics."""

from collections.abc import Collection
from dataclasses import dataclass

from ioc.calls.model import Hotlines
from ioc.doses.model import VaccineBook
from ioc.reports.offered import Catalogue
from ioc.samples.model import SampleBook


@dataclass(frozen=True)
class Vocabulary:
    """Ids by what they name; what is wrong in their files is told with those."""

    products: Collection[str]
    kinds: Collection[str]
    services: Collection[str]
    lines: Collection[str]
    branches: Collection[str]
    topics: Collection[str]


def vocabulary(
    vaccines: VaccineBook, tests: SampleBook, catalogue: Catalogue, hotlines: Hotlines
) -> Vocabulary:
    """Return the words of files that were read."""
    return Vocabulary(
        products=frozenset(vaccines.products),
        kinds=frozenset(tests.kinds),
        services=frozenset(catalogue.services),
        lines=frozenset(hotlines.lines),
        branches=frozenset(branch for _, branch in hotlines.branches),
        topics=frozenset(hotlines.topics),
    )
