"""What our packages stand on, and under which licence each is: written by `make licences`."""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).resolve().parent.parent / "docs" / "licences.md"
# What an AGPL-3.0-or-later program may be made of and handed on with.
ALLOWED = frozenset(
    {
        *("MIT", "MIT-0", "MIT-CMU", "BSD", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "Zlib"),
        *("Apache-2.0", "MPL-2.0", "LGPL", "PSF-2.0", "CC0-1.0", "AGPL-3.0-or-later"),
    }
)
# Where a package says it in words of its own, the first word that is known tells.
WORDS = {
    "Lesser": "LGPL", "LGPL": "LGPL", "Mozilla": "MPL-2.0", "Apache": "Apache-2.0", "BSD": "BSD",
    "ISC": "ISC", "MIT": "MIT", "Python Software Foundation": "PSF-2.0",
}  # fmt: skip
HEAD = """# Licences

What IOC stands on when it runs, extra `[otel]` included, by what each package says of itself;
written by `make licences`. A test holds it against what is installed, and against the licences that
a program under AGPL-3.0-or-later may be made of. Fonts and scripts that lie in the tree have their
licences beside them.

| package | licence |
|---|---|
"""


def of(package: Distribution) -> str:
    """Return the licence of a package, by SPDX where it says so."""
    told = package.metadata
    if expression := told.get("License-Expression"):
        return str(expression)
    classifiers = [c for c in told.get_all("Classifier") or [] if c.startswith("License")]
    text = f"{told.get('License') or ''} {' '.join(classifiers)}"
    return next((spdx for word, spdx in WORDS.items() if word in text), text.strip()[:60])


def is_allowed(licence: str) -> bool:
    """Tell whether a licence is on the list: one of several offered, all of several that apply."""
    return any(
        all(part.strip(" ()") in ALLOWED for part in re.split(r" AND ", choice))
        for choice in re.split(r" OR ", licence)
    )


def stood_on(
    name: str = "open-ioc", extras: frozenset[str] = frozenset({"otel"})
) -> dict[str, str]:
    """Return the licence of every package that is needed to run, by its name."""
    seen: dict[str, frozenset[str]] = {}
    found: dict[str, str] = {}

    def walk(package: str, wanted: frozenset[str]) -> None:
        key = re.sub(r"[-_.]+", "-", package).lower()
        if key in seen and wanted <= seen[key]:
            return
        seen[key] = seen.get(key, frozenset()) | wanted
        try:
            installed = distribution(package)
        except PackageNotFoundError:  # of another system or another version of Python
            return
        found[key] = of(installed)
        for line in installed.requires or ():
            needed = Requirement(line)
            asked = (needed.marker is None or needed.marker.evaluate({"extra": e})
                     for e in (*wanted, ""))  # fmt: skip
            if any(asked):
                walk(needed.name, frozenset(needed.extras))

    walk(name, extras)
    return dict(sorted(found.items()))


def page(packages: dict[str, str]) -> str:
    """Return the page of the documentation."""
    return HEAD + "".join(f"| {name} | {licence} |\n" for name, licence in packages.items())


if __name__ == "__main__":
    PAGE.write_text(page(stood_on()), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
