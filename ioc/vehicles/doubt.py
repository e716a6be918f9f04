"""How sure an accusation is: the probability that a read is of each plate the centre knows. Pure.

A fuzzy match never clears and never accuses: it asks. So what is likely here may turn a stop into
a review, and what passes into a review, and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ioc.errors import InvalidInput
from ioc.vehicles.likeness import Confusions, Trust
from ioc.vehicles.model import Band, Candidate, Doubt, Outcome, PlateRead, Verdict
from ioc.vehicles.plate import plausibility

# Candidates that are kept for the queue, and the least a text must have to be one.
SHOWN, LEAST = 5, 0.002
# Candidates that are together less likely than this are not looked at more closely: none of them
# would be shown, and no band is so narrow. Down to a tenth of it a read has some sixteen
# look-alikes that are known, and five down to this.
NEGLIGIBLE = 1e-3


@dataclass(frozen=True)
class BaseRates:
    """Whose plate a passing vehicle bears, before anything is read.

    Attributes:
        permitted: the share of vehicles that hold a permit, of those that need one.
        permits: how many permits are in force.
        vehicles: how many plates there are of which any may pass without one.
        watched: how many times likelier a watched vehicle passes than another without a permit.
    """

    permitted: float
    permits: int
    vehicles: int
    watched: float

    def weight(self, plate: str, known: "Names") -> float:
        """Return how likely this plate is to pass, against any one plate nobody knows."""
        if plate in known.permitted:
            return self.of_permitted
        return plausibility(plate) * (self.watched if plate in known.watched else 1.0)

    @cached_property
    def of_permitted(self) -> float:
        """Return how many times likelier one permitted plate passes than one nobody knows."""
        return self.permitted / self.permits / ((1 - self.permitted) / self.vehicles)


@dataclass(frozen=True)
class DoubtBook:
    """The city's bands: what is done how sure an accusation is.

    Attributes:
        trust: how far a read is believed.
        rates: what passes, whatever is read.
        act_from: from this probability on, an accusation goes to the police unreviewed.
        review_from: from this on, a doubtful read that is like an accused plate is asked about.
        expected: the rate of false accusations that each band is held against.
    """

    trust: Trust
    rates: BaseRates
    act_from: float
    review_from: float
    expected: Mapping[Band, float]


Judge = Callable[[PlateRead], Verdict]


@dataclass(frozen=True)
class Names:
    """Which of some plates the centre knows."""

    permitted: frozenset[str]
    watched: frozenset[str]

    def with_more(self, other: "Names") -> "Names":
        """Return these and the others."""
        return Names(self.permitted | other.permitted, self.watched | other.watched)

    def among(self, plates: Set[str]) -> "Names":
        """Return those of them that are among some plates."""
        return Names(self.permitted & plates, self.watched & plates)


@dataclass(frozen=True)
class Known(Names):
    """What the centre knows of some plates; `judge` says what a sure read of one would give."""

    judge: Judge


def parse_doubt(document: Mapping[str, Any], confusions: Confusions) -> DoubtBook:
    """Return the bands of a city's parsed [doubt].

    Raises:
        InvalidInput: a value is missing, no number, or does not lie where it can.
    """
    try:
        book = DoubtBook(
            Trust(confusions, *(float(document[name]) for name in ("misread", "slip", "double"))),
            BaseRates(
                float(document["permitted"]),
                int(document["permits"]),
                int(document["vehicles"]),
                float(document["watched"]),
            ),
            float(document["act_from"]),
            float(document["review_from"]),
            {band: float(document["expected_false"][band.value]) for band in SPOKEN},
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise InvalidInput("doubt", f"{fault}") from None
    trust = book.trust
    shares = (trust.misread, trust.slip, trust.double, book.rates.permitted, book.act_from)
    if not all(0 < share < 1 for share in shares) or not 0 < book.review_from <= book.act_from:
        raise InvalidInput("doubt", "shares must lie between 0 and 1, review_from below act_from")
    if min(book.rates.permits, book.rates.vehicles) < 1 or book.rates.watched <= 0:
        raise InvalidInput("doubt", "base rates must be above 0")
    return book


SPOKEN = (Band.ACT, Band.REVIEW)


def needs_weighing(read: PlateRead, verdict: Verdict, sure: float) -> bool:
    """Tell whether doubt can change anything: an accusation, or a read that is not sure."""
    if read.not_read is not None:
        return False
    return verdict.outcome in (Outcome.STOP, Outcome.REVIEW) or read.confidence < sure


@dataclass(frozen=True)
class Likely:
    """What a read may be of, once it is known which of the texts the centre knows.

    Attributes:
        seen: by text, what the reader saw, the text read first; no base rates in it.
        shares: the probability of each text and of OTHER, base rates in it.
        strangers: the texts that nobody knows, but for the one read: they are judged alike.
        known: those that have to be judged one by one, the likeliest first. What is left out is
            together less likely than NEGLIGIBLE, and counts for the side of more caution.
        rest: how likely what is left out is.
    """

    seen: Mapping[str, float]
    shares: Mapping[str, float]
    strangers: Sequence[str]
    known: Sequence[str]
    rest: float


def consider(read: PlateRead, texts: Mapping[str, float], names: Names, rates: BaseRates) -> Likely:
    """Return how likely each text is, and which of them have to be judged.

    `texts` are those of `likely_texts`; `names` knows of all of them.
    """
    shares = posterior(texts, names, rates)
    others = [text for text in texts if text != read.plate]
    named = names.permitted | names.watched
    strangers = [text for text in others if text not in named]
    ranked = sorted((text for text in others if text in named), key=lambda text: -shares[text])
    rest = sum(shares[text] for text in ranked)
    for count, text in enumerate(ranked):
        if rest < NEGLIGIBLE:
            return Likely(texts, shares, strangers, ranked[:count], rest)
        rest -= shares[text]
    return Likely(texts, shares, strangers, ranked, 0.0)


def weigh(read: PlateRead, likely: Likely, judge: Judge, book: DoubtBook, sure: float) -> Doubt:
    """Return how sure it is what this read says, and what is to be done with it.

    `judge` knows of all of `likely.known`.
    """
    verdicts = _verdicts(read, likely, judge)
    said, shares, is_sure = verdicts.of(read.plate), likely.shares, read.confidence >= sure
    shown = _shown(read, likely, verdicts)
    if said.outcome is Outcome.STOP:
        accused = verdicts.mass_like(said, shares)
        band = Band.ACT if is_sure and accused >= book.act_from else Band.REVIEW
        return Doubt(band, min(accused, 1.0), said, shown)
    feared = [text for text in likely.known if verdicts.of(text).outcome is Outcome.STOP]
    accused = sum(shares[text] for text in feared)
    may_be = accused + likely.rest
    band = Band.NONE if is_sure or may_be < book.review_from else Band.REVIEW
    worst = verdicts.of(feared[0]) if feared else said
    return Doubt(band, min(accused, 1.0), worst, shown)


# Any text not looked at. It may be a permitted plate as well as not, so it accuses nobody.
OTHER = ""


def posterior(texts: Mapping[str, float], names: Names, rates: BaseRates) -> dict[str, float]:
    """Return the probability of each text, and of OTHER: together 1."""
    masses = {text: share * rates.weight(text, names) for text, share in texts.items()}
    masses[OTHER] = max(0.0, 1.0 - sum(texts.values())) / (1 - rates.permitted)
    total = sum(masses.values())
    return {text: mass / total for text, mass in masses.items()}


@dataclass(frozen=True)
class _Verdicts:
    """What a sure read of each text would give; `strangers` are judged alike."""

    judged: Mapping[str, Verdict]
    strangers: Sequence[str]
    of_strangers: Verdict | None

    def of(self, text: str) -> Verdict:
        verdict = self.judged.get(text, self.of_strangers)
        assert verdict is not None
        return verdict

    def mass_like(self, said: Verdict, shares: Mapping[str, float]) -> float:
        """Return how likely the texts are that would give the same outcome for the same reason."""
        accused = sum(shares[text] for text, v in self.judged.items() if _is_same(v, said))
        if self.of_strangers is not None and _is_same(self.of_strangers, said):
            accused += sum(map(shares.__getitem__, self.strangers))
        return accused


def _is_same(verdict: Verdict, said: Verdict) -> bool:
    return (verdict.outcome, verdict.reason) == (said.outcome, said.reason)


def _verdicts(read: PlateRead, likely: Likely, judge: Judge) -> _Verdicts:
    """Return what a sure read of each text would give, but of what is left out."""

    def of(text: str) -> Verdict:
        return judge(read.surely(text))

    strangers = likely.strangers
    judged = {text: of(text) for text in (read.plate, *likely.known)}
    return _Verdicts(judged, strangers, of(strangers[0]) if strangers else None)


def _shown(read: PlateRead, likely: Likely, verdicts: _Verdicts) -> tuple[Candidate, ...]:
    """Return the text read and those that it may be instead, the likeliest first."""
    seen, shares = likely.seen, likely.shares
    looked_at = (*verdicts.judged, *verdicts.strangers)
    worth = [text for text in looked_at if shares[text] >= LEAST]
    first = sorted(worth, key=lambda text: (-shares[text], text))[: SHOWN - 2]
    # What the eye would think of first, whoever knows of it.
    struck = [text for text in list(seen)[:SHOWN] if shares[text] >= LEAST]
    chosen = list(dict.fromkeys((read.plate, *first, *struck)))[:SHOWN]
    ranked = sorted(chosen, key=lambda text: (-shares[text], text))
    told = [(text, verdicts.of(text)) for text in ranked]
    return tuple(
        Candidate(text, shares[text], seen[text], verdict.outcome, verdict.reason, verdict.permit)
        for text, verdict in told
    )
