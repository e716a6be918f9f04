"""Why somebody looks at a person: asked before the first row is opened, noted with each."""

from collections.abc import Sequence

from dashboards.components import key_cap
from dashboards.markup import Html, el
from dashboards.words import Words


def purpose_part(purposes: Sequence[str], words: Words) -> Html:
    """Return the question, with a key for each answer."""
    return el(
        "section",
        el("h2", words.say("purpose.ask")),
        el("p", words.say("purpose.noted"), cls="quiet"),
        [
            el(
                "button",
                key_cap(str(at)),
                words.say(f"purpose.{name}"),
                type="button",
                cls="action",
                data_hotkey=f"Digit{at}",
                data_purpose=name,
            )
            for at, name in enumerate(purposes, 1)
        ],
        cls="purpose-ask",
    )
