"""What the centre knows as NGSI-LD entities, after the Smart Data Models; plates as far as allowed.

Shapes: ETSI GS CIM 009 (normalised form), smartdatamodels.org AnprFlowObserved, Alert and
IssueTracking. Each time that something happened stands beside the time when it was learnt.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ioc.alerts.model import Alert, Priority
from ioc.places import City, Place
from ioc.privacy import mask_plate
from ioc.vehicles.model import Ground, Heading, Sighting
from ioc.vehicles.plate import display

Entity = dict[str, Any]

CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
OWN_CONTEXT = "/ngsi-ld/v1/jsonldContexts/ioc.jsonld"
MODELS = "https://smartdatamodels.org/"
SEVERITY = {Priority.P1: "critical", Priority.P2: "high", Priority.P3: "medium"}
WRONG_WAY = "wrong_way"
TERMS = (
    *("AnprFlowObserved", "Alert", "service_requests", "dateObserved", "dateReceived"),
    *("observedBy", "laneId", "zonesServed", "vehiclePlateNotRead", "observedVehicle"),
    *("refImages", "category", "subCategory", "severity", "dateIssued", "validFrom", "validTo"),
    *("alertSource", "data", "status", "description"),
)


class EntityType(StrEnum):
    """What can be asked for as entities."""

    ANPR_FLOW_OBSERVED = "AnprFlowObserved"
    ALERT = "Alert"
    SERVICE_REQUESTS = "service_requests"


@dataclass(frozen=True)
class Sight:
    """Where a reader stands: the city, and whether he may see plates and their pictures."""

    city: City
    sees_plates: bool


def context_document() -> Entity:
    """Return what our terms mean, so that nobody has to fetch it elsewhere."""
    return {"@context": {term: f"{MODELS}{term}" for term in TERMS}}


def flow_entity(sighting: Sighting, known_at: datetime, sight: Sight) -> Entity:
    """Return a sighting as AnprFlowObserved."""
    read = sighting.read
    camera = sight.city.places.get(read.camera)
    vehicle: Entity = {"confidence": read.confidence}
    if read.direction is not Heading.UNKNOWN:
        vehicle["direction"] = read.direction.value
    if read.not_read is None:
        identifier = _plate(read.plate, sight)
        vehicle["licensePlate"] = {"identifier": identifier, "confidence": read.confidence}
    if read.colour is not Ground.UNKNOWN:
        vehicle["plateColor"] = {"value": read.colour.value}
    entity = _entity(EntityType.ANPR_FLOW_OBSERVED, sighting.ref, sight.city)
    entity |= {
        "dateObserved": _time(read.seen_at),
        "dateReceived": _time(known_at),
        "observedBy": _relation("Device", read.camera, sight.city),
        "vehiclePlateNotRead": _property(read.not_read is not None),
        "observedVehicle": _property(vehicle),
        **_location(camera),
    }
    if read.lane is not None:
        entity["laneId"] = _property(read.lane)
    pictures = dict(_pictures(("PLATE", read.plate_picture), ("OVERVIEW", read.frame_picture)))
    if sight.sees_plates and pictures:
        entity["refImages"] = _property(list(pictures.values()))
    return entity


def alert_entity(alert: Alert, sight: Sight) -> Entity:
    """Return an alert as Alert."""
    camera = sight.city.places.get(alert.camera)
    entity = _entity(EntityType.ALERT, alert.id, sight.city)
    entity |= {
        "category": _property("traffic"),
        "subCategory": _property(
            "carWrongDirection" if alert.reason == WRONG_WAY else "suspiciousAction"
        ),
        "severity": _property(SEVERITY.get(alert.priority, "informational")),
        "dateIssued": _time(alert.raised_at),
        "validFrom": _time(alert.first_seen_at),
        "alertSource": _relation("Device", alert.camera, sight.city),
        "status": _property(alert.state.value),
        "description": _property(alert.reason),
        "data": _property({"licensePlate": _plate(alert.plate, sight), "rule": alert.rule}),
        **_location(camera),
    }
    if alert.closed_at is not None:
        entity["validTo"] = _time(alert.closed_at)
    return entity


def request_entity(request: Mapping[str, Any], city: City) -> Entity:
    """Return a service request of Open311, as it is published, one property a field."""
    entity = _entity(EntityType.SERVICE_REQUESTS, request["service_request_id"], city)
    for name, value in request.items():
        if value is not None:
            entity[name] = _property(value)
    if request["lat"] is not None:
        entity["location"] = _point(request["lat"], request["long"])
    return entity


def simplified(entity: Entity) -> Entity:
    """Return an entity by its values alone (`options=keyValues`)."""
    return {name: _value(part) for name, part in entity.items()}


def _entity(kind: EntityType, name: str, city: City) -> Entity:
    return {"id": f"urn:ngsi-ld:{kind.value}:{city.id}:{name}", "type": kind.value}


def _plate(plate: str, sight: Sight) -> str:
    return plate if sight.sees_plates else mask_plate(display(plate))


def _pictures(*named: tuple[str, str | None]) -> Iterator[tuple[str, Entity]]:
    for kind, sha in named:
        if sha is not None:
            url = f"/evidence/{sha}"
            yield kind, {"contentType": "image/jpeg", "imageType": kind, "url": url}


def _property(value: object) -> Entity:
    return {"type": "Property", "value": value}


def _time(at: datetime) -> Entity:
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _property({"@type": "DateTime", "@value": stamp})


def _relation(kind: str, name: str, city: City) -> Entity:
    return {"type": "Relationship", "object": f"urn:ngsi-ld:{kind}:{city.id}:{name}"}


def _location(place: Place | None) -> Entity:
    return {} if place is None else {"location": _point(place.lat, place.lon)}


def _point(lat: float, lon: float) -> Entity:
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon, lat]}}


def _value(part: object) -> object:
    if not isinstance(part, dict):
        return part
    if part.get("type") == "Relationship":
        return part["object"]
    value = part.get("value")
    return value["@value"] if isinstance(value, dict) and "@value" in value else value
