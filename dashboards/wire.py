"""What a push is on the socket: the text of a picture is made once for all screens that need it.

Dash writes every property anew for every screen that gets it; a room of a hundred screens gets the
same few pictures.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dashboards.build import BOOT, BUILD
from dashboards.screen import Picture


@dataclass(frozen=True)
class Message:
    """What a screen gets: a picture, or none and the time of the last good one."""

    now: datetime
    as_of: datetime | None
    picture: Picture | None
    next_s: float
    texts: dict[frozenset[str], str] = field(default_factory=dict, compare=False, repr=False)

    def news(self, sent: dict[str, str]) -> str:
        """Return as JSON what a browser that holds `sent` needs, and note there what it has then.

        Only regions that differ from those sent before are in it.
        """
        parts = {} if self.picture is None else self.picture.parts
        changed = frozenset(name for name, text in parts.items() if sent.get(name) != text)
        sent.update((name, parts[name]) for name in changed)
        if changed not in self.texts:
            told = {name: text for name, text in parts.items() if name in changed}
            self.texts[changed] = json.dumps(self._told(told), ensure_ascii=False)
        return self.texts[changed]

    def _told(self, parts: Mapping[str, str]) -> dict[str, Any]:
        return {
            "now": self.now.isoformat(),
            "build": BUILD,
            "boot": BOOT,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "state": "stale" if self.picture is None else "fresh",
            "next_s": self.next_s,
            "retry_s": self.next_s,
            "parts": dict(parts),
            "revisions": {} if self.picture is None else dict(self.picture.revisions),
        }


def send(socket: Any, store: str, text: str) -> None:
    """Set the data of a store at the browser behind a socket of Dash; `text` is JSON already.

    As `dash.set_props` does (dash.backends.ws), which would write `text` once a screen.
    """
    if socket.is_shutdown:
        return
    renderer = json.dumps(socket._renderer_id)
    head = f'{{"type": "set_props", "rendererId": {renderer}, "payload": {{"componentId": "{store}"'
    socket._outbound_queue.sync_q.put_nowait(f'{head}, "props": {{"data": {text}}}}}}}')
