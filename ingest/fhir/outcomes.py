"""What a partner is told in FHIR R4: an OperationOutcome with an issue for everything refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.fhir.reading import ELEMENTS

Resource = dict[str, object]


@dataclass(frozen=True)
class Issue:
    """What is wrong with an entry, or to be known of it; `expression` names the element."""

    severity: str
    code: str
    text: str
    expression: str


def refusal(place: str, kind: str, why: str) -> Issue:
    """Return the issue of a refusal `field: reason`; the field becomes the element of FHIR."""
    field, colon, reason = why.partition(": ")
    if not colon:
        return Issue("error", "invalid", why, f"{place}.resource")
    code = "duplicate" if reason.startswith("id_reused") else "invalid"
    if reason.startswith("is missing"):
        code = "required"
    head, dot, tail = field.partition(".")
    element = ELEMENTS.get(kind, {}).get(head, head)
    name = f"{place}.resource.{element}{dot}{tail}"
    return Issue("error", code, f"{field}: {reason}", name)


def outcome(issues: Sequence[Issue]) -> Resource:
    """Return an OperationOutcome; one without issues says that all is well."""
    told = issues or [Issue("information", "informational", "all is well", "Bundle")]
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": issue.severity,
                "code": issue.code,
                "diagnostics": issue.text,
                "expression": [issue.expression],
            }
            for issue in told
        ],
    }
