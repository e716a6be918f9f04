"""Messages of cameras, made from the documented field tables: no capture of a real one."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=7))
NAMESPACES = (
    "http://www.hikvision.com/ver20/XMLSchema",
    "http://www.isapi.org/ver20/XMLSchema",
    "http://www.std-cgi.com/ver10/XMLSchema",
)
BOUNDARY = "boundary"


def anpr_xml(
    at: str = "2021-10-04T14:32:07+07:00",
    *,
    plate: str = "75A-123.45",
    space: str = NAMESPACES[0],
    top: Mapping[str, str] | None = None,
    inner: Mapping[str, str] | None = None,
    prefix: str = "",
) -> bytes:
    """An EventNotificationAlert; None in `top` or `inner` leaves an element out."""
    p = f"{prefix}:" if prefix else ""
    head = {
        "ipAddress": "10.20.1.11",
        "portNo": "80",
        "protocol": "HTTP",
        "macAddress": "c0:56:e3:00:00:01",
        "channelID": "1",
        "dateTime": at,
        "activePostCount": "1",
        "eventType": "ANPR",
        "eventState": "active",
        "eventDescription": "ANPR",
        "UUID": "6a2e8d4e-0001-11ec-9a03-0242ac130003",
        "picNum": "2",
        "isDataRetransmission": "false",
    } | dict(top or {})
    body = {
        "country": "62",
        "licensePlate": plate,
        "line": "1",
        "direction": "forward",
        "confidenceLevel": "97",
        "plateCharBelieve": "99,99,99,98,97,96,99,99",
        "plateType": "unknown",
        "plateColor": "white",
        "vehicleType": "vehicle",
        "alarmDataType": "0",
    } | dict(inner or {})

    def elements(values: Mapping[str, str]) -> str:
        return "".join(
            f"<{p}{name}>{value}</{p}{name}>" for name, value in values.items() if value is not None
        )

    declared = f'xmlns:{prefix}="{space}"' if prefix else f'xmlns="{space}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{p}EventNotificationAlert version="2.0"'
        f" {declared}>{elements(head)}<{p}ANPR>{elements(body)}"
        f"<{p}pictureInfoList><{p}pictureInfo><{p}absTime>20211004143207250</{p}absTime>"
        f"</{p}pictureInfo></{p}pictureInfoList></{p}ANPR></{p}EventNotificationAlert>"
    ).encode()


def multipart(*parts: tuple[str, str, bytes], boundary: str = BOUNDARY) -> bytes:
    """A multipart body of parts: name, type, content."""
    out = bytearray()
    for name, kind, content in parts:
        out += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        ).encode()
        out += content + b"\r\n"
    return bytes(out + f"--{boundary}--\r\n".encode())


def toll_gate(at: str = "2021-10-04 14:32:07.250", **plate: object) -> dict[str, object]:
    """A TollgateInfo as Dahua's cameras push it, in the first of its shapes."""
    return {
        "Picture": {
            "Plate": {
                "PlateNumber": "75A12345",
                "PlateColor": "White",
                "PlateType": "",
                "Confidence": 96,
                "BoundingBox": [0, 0, 100, 50],
            }
            | plate,
            "SnapInfo": {"AccurateTime": at, "Direction": "Obverse", "LanNo": 1},
            "Vehicle": {"VehicleColor": "White", "VehicleType": "Car", "Speed": 42},
        }
    }


def event_text(utc: datetime, plate: str = "75A12345", **more: str) -> bytes:
    """The text part of a snapManager stream: a line a field."""
    fields = {
        "Code": "TrafficJunction",
        "GroupID": "17",
        "CountInGroup": "1",
        "IndexInGroup": "1",
        "UTC": str(int(utc.timestamp())),
        "UTCMS": "250",
        "Lane": "1",
        "JunctionDirection": "Obverse",
        "TrafficCar.PlateNumber": plate,
        "TrafficCar.PlateColor": "White",
        "TrafficCar.Speed": "42",
        "Object.ObjectType": "Plate",
        "Object.Text": plate,
        "Object.Confidence": "96",
        "CommInfo.Country": "VNM",
    } | more
    return "".join(f"Events[0].{name}={value}\r\n" for name, value in fields.items()).encode()


def onvif_event(at: str = "2021-10-04T07:32:07.250Z", **plate: object) -> dict[str, object]:
    """An event of tns1:RuleEngine/Recognition/LicensePlate as JSON."""
    return {
        "UtcTime": at,
        "Source": {"VideoSource": "vs1", "Rule": "anpr"},
        "Data": {
            "Likelihood": 0.97,
            "ObjectId": "42",
            "LicensePlateInfo": {
                "PlateNumber": {"@Likelihood": 0.96, "#text": "75A12345"},
                "CountryCode": {"#text": "VN"},
            }
            | plate,
            "Direction": "Forward",
        },
    }


EVENT_TOPIC = "onvif-ej/RuleEngine/Recognition/LicensePlate/&vs1/anpr"
