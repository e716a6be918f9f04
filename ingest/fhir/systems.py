"""Names of code systems and identifiers in FHIR R4 (hl7.org/fhir/R4), and what codes stand for.

Sources: CVX of the CDC; LOINC 94500-6, 94558-4; SNOMED CT 260373001 detected, 260415000 not
detected, 10828004 positive, 260385009 negative, 419984006 inconclusive, 125154007 specimen
unsatisfactory; identifier types of HL7 v2 table 0203 (NNVNM: a national number of Viet Nam).
"""

from collections.abc import Mapping

from ioc.samples.model import Finding

CVX = "http://hl7.org/fhir/sid/cvx"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
IDENTIFIER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
SECTIONS = "http://terminology.hl7.org/CodeSystem/v2-0074"
# Ours: no registry has codes for these.
PRODUCT = "urn:ioc:vaccine"
TEST_KIND = "urn:ioc:test-kind"
FACILITY = "urn:ioc:facility"
PERSON = "urn:ioc:person"
DOSE = "urn:ioc:dose"
TEST = "urn:ioc:test"
TUBE = "urn:ioc:tube"
NUMBER = "urn:ioc:vn:number"
TAGS = "urn:ioc:tag"

MEDIA_TYPE = "application/fhir+json"
FINDINGS: Mapping[str, Finding] = {
    "260373001": Finding.POSITIVE,
    "10828004": Finding.POSITIVE,
    "260415000": Finding.NEGATIVE,
    "260385009": Finding.NEGATIVE,
    "419984006": Finding.INCONCLUSIVE,
    "125154007": Finding.INVALID,
}
CODES: Mapping[Finding, tuple[str, str]] = {
    Finding.POSITIVE: ("260373001", "Detected"),
    Finding.NEGATIVE: ("260415000", "Not detected"),
    Finding.INCONCLUSIVE: ("419984006", "Inconclusive"),
    Finding.INVALID: ("125154007", "Specimen unsatisfactory for evaluation"),
}
SEXES: Mapping[str, str] = {"male": "male", "female": "female"}
# How ids are written, most telling first: a citizen's number, a passport's, a health card's.
NUMBER_TYPES = ("NNVNM", "NI", "NN", "PPN", "HC", "SS")
