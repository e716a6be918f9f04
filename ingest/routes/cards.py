"""`/v1/cards`: cards of the personal QR are issued, revoked, restored, asked for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse

from ingest.auth import Door, standing
from ingest.batch import Result
from ingest.body import parse_batch, parse_object, read_body
from ingest.card_payloads import parse_card_step
from ingest.carding import issue_items
from ingest.openapi import answers, body_of
from ioc import audit
from ioc.access.model import ApiKey, Right
from ioc.cards.model import Card
from ioc.cards.service import change_card, find_card
from ioc.centre import Centre
from ioc.errors import NotFound

Body = Annotated[bytes, Depends(read_body)]
Qid = Annotated[str, Path(pattern="^[0-9A-Za-z]{1,64}$", description="The id on the card.")]
WHY = standing(Right.CARDS)


def create_router(door: Door) -> APIRouter:
    """Return the routes of cards."""
    router = APIRouter(tags=["cards"])
    issuer = door.needs(Right.CARDS)

    @router.post("/v1/cards", responses=answers("CardResults"), openapi_extra=body_of("CardBatch"))
    def post_cards(key: Annotated[ApiKey, Depends(issuer)], body: Body) -> JSONResponse:
        """Issue up to 1,000 cards; each is answered with its QID (`ref`) and its code's text."""
        results = issue_items(door.centre, key.source, parse_batch(body))
        door.metrics.count("card", (result["status"] for result in results))
        return JSONResponse({"results": results})

    @router.get("/v1/cards/{qid}", responses=answers("Card"))
    def get_card(key: Annotated[ApiKey, Depends(issuer)], qid: Qid) -> JSONResponse:
        """Return how a card of your own source stands, not whose it is; it is audited."""
        card = _own(door.centre, key, qid)
        audit.record(door.centre, f"api:{key.source}", "card_seen", f"card:{qid}", WHY, {})
        return JSONResponse(shown_card(card))

    @router.post(
        "/v1/cards/{qid}/steps", responses=answers("Card"), openapi_extra=body_of("CardStepBody")
    )
    def post_step(key: Annotated[ApiKey, Depends(issuer)], qid: Qid, body: Body) -> JSONResponse:
        """Revoke or restore a card of your own source; gates know of it within two seconds."""
        change = parse_card_step(parse_object(body), f"api:{key.source}")
        _own(door.centre, key, qid)
        return JSONResponse(shown_card(change_card(door.centre, qid, change)))

    return router


def shown_card(card: Card) -> Result:
    """Return a card for who issued it."""
    return {
        "qid": card.qid,
        "kind": card.medium.value,
        "state": card.state.value,
        "unit": card.unit,
        "replaces": card.replaces,
        "issued_at": card.issued_at.isoformat(),
        "ended_at": None if card.ended_at is None else card.ended_at.isoformat(),
    }


def _own(centre: Centre, key: ApiKey, qid: str) -> Card:
    """Return a card of the key's source; of another it is as if there were none."""
    card = find_card(centre, qid)
    if card.source != key.source:
        raise NotFound("card", qid)
    return card
