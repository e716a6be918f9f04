"""Orders of cards as they come, over the API or in a file: each is issued or refused."""

from collections.abc import Sequence
from functools import partial

from ingest.batch import Result, answer_batch, result_of
from ingest.card_payloads import parse_card
from ioc.cards.model import CardOrder
from ioc.cards.service import issue_cards
from ioc.centre import Centre
from ioc.clock import local_day


def issue_items(centre: Centre, source: str, items: Sequence[object]) -> list[Result]:
    """Issue cards as they were ordered and answer each in order; the refused are kept."""

    def record(orders: Sequence[CardOrder]) -> list[Result]:
        return [
            result_of(receipt, **({} if issued.code is None else {"code": issued.code}))
            for receipt, issued in issue_cards(centre, source, orders)
        ]

    today = local_day(centre.now(), centre.city.zone)
    parse = partial(parse_card, city=centre.city, today=today)
    return answer_batch(centre, (source, "card"), items, parse, record)
