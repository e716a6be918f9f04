"""A sender to the API of a centre: batches in their order, sent again with the same ids."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from ioc.clock import utc_now
from ioc.errors import InvalidInput, NotFound, Unavailable

BATCH = 500
# A real sender keeps what waits on its disk; what is made up may be forgotten.
MOST_WAITING = 5_000
Item = Mapping[str, Any]
Result = dict[str, Any]


class Client:
    """One sender, whose key is of one source."""

    def __init__(self, api: str, key: str) -> None:
        """Remember whom to send to; nothing is connected yet.

        Raises:
            InvalidInput: `api` is no http address, or the key is missing.
        """
        if not api.startswith(("http://", "https://")):
            raise InvalidInput("--api", f"{api!r} must begin with http:// or https://")
        if not key.isascii() or not key.isprintable() or not key:
            raise InvalidInput("IOC_API_KEY", "set the key of the source 'simulator'")
        headers = {"Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=api, headers=headers, timeout=60, trust_env=False)

    def clock_shift(self) -> timedelta:
        """Return how far the centre's clock is from this machine's: it may replay another day.

        Raises:
            Unavailable: the centre does not answer.
            InvalidInput: it does not know the key, or the key lacks the right to figures.
        """
        return self.now() - utc_now()

    def now(self) -> datetime:
        """Return the centre's time; raises as `clock_shift` does."""
        return datetime.fromisoformat(self.ask("GET", "/v1/figures")["as_of"])

    def figures(self) -> dict[str, float]:
        """Return every number on the wall; raises as `clock_shift` does."""
        return dict(self.ask("GET", "/v1/figures")["figures"])

    def send(self, path: str, items: Sequence[Item]) -> list[Result]:
        """Send a batch and return what was answered to each item, in their order.

        Raises:
            Unavailable: the centre does not answer; send them again with the same ids.
            InvalidInput: it refuses the whole batch, or the key.
            NotFound: it has no such path.
        """
        return list(self.ask("POST", path, {"items": list(items)})["results"])

    def ask(self, method: str, path: str, body: object = None, form: Item | None = None) -> Any:
        """Return the JSON that was answered; raises as `send` does."""
        try:
            answer = self._client.request(method, path, json=body, data=form)
        except httpx.HTTPError as fault:
            raise Unavailable(f"{self._client.base_url}: {fault}") from fault
        if answer.status_code in (404, 405):
            raise NotFound("path", path)
        if answer.status_code in (400, 401, 403, 409, 413, 422):
            raise InvalidInput(path, f"status {answer.status_code}: {answer.text[:200]}")
        if not answer.is_success:
            raise Unavailable(f"{path}: status {answer.status_code}: {answer.text[:200]}")
        return answer.json()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class Outbox:
    """What waits to be sent to one path, in its order."""

    def __init__(self, client: Client, path: str, batch: int = BATCH) -> None:
        """Begin with nothing that waits."""
        self._client, self._path, self._batch = client, path, batch
        self.waiting: deque[Item] = deque(maxlen=MOST_WAITING)

    def send(self) -> list[Result]:
        """Send all that waits, batch by batch; return what was answered.

        Raises:
            Unavailable: the centre does not answer; what was not taken goes on waiting.
            InvalidInput: it refuses a whole batch, or the key.
            NotFound: it has no such path.
        """
        answers: list[Result] = []
        while self.waiting:
            batch = [self.waiting[n] for n in range(min(self._batch, len(self.waiting)))]
            answers += self._client.send(self._path, batch)
            for _ in batch:
                self.waiting.popleft()
        return answers
