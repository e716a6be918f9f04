"""The second factor: who needs one, which code counts, how often, and what is kept of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import text

from ioc.access import factor, managing, rules, service, sessions
from ioc.access.model import Came, Proof, Role, Session
from ioc.access.rules import proof_of
from ioc.centre import Centre
from ioc.errors import Conflict, NotFound, TooMany, Unauthorised
from tests.accounts import an_account

PASSWORD, HERE = "a long word of the tests", "192.0.2.7"


@pytest.fixture
def strict(centre: Centre) -> Centre:
    """The centre of an installation that asks for a second factor."""
    return replace(centre, settings=replace(centre.settings, needs_second_factor=True))


@pytest.fixture
def police(centre: Centre) -> str:
    return an_account(centre, "truc-ban", PASSWORD, Role.POLICE).name


def enter(centre: Centre, name: str) -> Session:
    return service.sign_in(centre, name, PASSWORD, HERE)


def enrolled(centre: Centre, name: str) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    session = enter(centre, name)
    made = pyotp.TOTP(factor.begin(centre, session.token).secret)
    _, codes = factor.confirm(centre, session.token, made.at(centre.now()))
    return made, codes


def wrong(made: pyotp.TOTP, centre: Centre) -> str:
    near = {made.at(centre.now() + timedelta(seconds=30 * step)) for step in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def guess(centre: Centre, name: str, made: pyotp.TOTP) -> type[Exception]:
    try:
        factor.prove(centre, enter(centre, name).token, wrong(made, centre))
    except (Unauthorised, TooMany) as fault:
        return type(fault)
    raise AssertionError("a wrong code was taken")


NEEDS = set(Role) - {Role.OPERATOR, Role.LEADER}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("has_factor", [False, True])
@pytest.mark.parametrize("is_required", [False, True])
@pytest.mark.parametrize("is_proven", [False, True])
def test_what_a_session_waits_for(role, has_factor, is_required, is_proven) -> None:
    came = Came(HERE, is_proven=is_proven)
    waits = proof_of(role, came, has_factor=has_factor, is_required=is_required)
    if is_proven:
        assert waits is Proof.DONE
    elif has_factor:
        assert waits is Proof.CODE
    else:
        assert waits is (Proof.ENROL if is_required and role in NEEDS else Proof.DONE)


def test_without_the_rule_a_password_is_enough(centre: Centre, police: str) -> None:
    """A demo, whose users sign in by name and password alone."""
    session = enter(centre, police)
    assert session.proof is Proof.DONE
    assert sessions.session_of(centre, session.token) is not None


def test_a_session_that_waits_opens_nothing(strict: Centre, police: str, clock) -> None:
    waiting = enter(strict, police)
    assert waiting.proof is Proof.ENROL
    assert sessions.session_of(strict, waiting.token) is None
    assert managing.open_sessions(strict) == []
    made = pyotp.TOTP(factor.begin(strict, waiting.token).secret)
    with pytest.raises(Unauthorised):
        factor.prove(strict, waiting.token, made.at(clock.at))
    session, _ = factor.confirm(strict, waiting.token, made.at(clock.at))
    assert session is not None
    assert session.token != waiting.token
    assert sessions.session_of(strict, session.token) == session.user
    assert factor.standing_of(strict, waiting.token) is None


def test_the_secret_stays_the_same_until_it_is_confirmed(strict: Centre, police: str) -> None:
    """Whoever loads the page again must not lose what his telephone just scanned."""
    waiting = enter(strict, police)
    first = factor.begin(strict, waiting.token)
    assert factor.begin(strict, enter(strict, police).token) == first
    assert first.uri.startswith("otpauth://totp/")
    assert first.secret not in repr(first)


def test_a_session_that_waits_is_over_after_ten_minutes(strict: Centre, police: str, clock) -> None:
    waiting = enter(strict, police)
    clock.advance(minutes=10)
    with pytest.raises(Unauthorised):
        factor.begin(strict, waiting.token)


def test_a_code_counts_once_and_for_a_minute_and_a_half(centre: Centre, police: str, clock) -> None:
    made, _ = enrolled(centre, police)
    first = made.at(clock.at)
    with pytest.raises(Unauthorised):  # the code that put it in force is used up
        factor.prove(centre, enter(centre, police).token, first)
    for drift, is_taken in ((60, False), (-60, False), (30, True)):
        clock.advance(minutes=5)
        managing.unlock(centre, police, actor="quan-tri")
        waiting = enter(centre, police)
        assert waiting.proof is Proof.CODE
        shown = made.at(int(clock.at.timestamp()) + drift)
        if not is_taken:
            with pytest.raises(Unauthorised):
                factor.prove(centre, waiting.token, shown)
            continue
        assert sessions.session_of(centre, factor.prove(centre, waiting.token, shown).token)
        with pytest.raises(Unauthorised):  # nor any older one
            factor.prove(centre, enter(centre, police).token, made.at(clock.at))


def test_one_code_sent_twice_at_once_opens_once(centre: Centre, police: str, clock) -> None:
    made, _ = enrolled(centre, police)
    clock.advance(minutes=1)
    tokens = [enter(centre, police).token for _ in range(2)]
    code = made.at(clock.at)

    def prove(token: str) -> bool:
        try:
            factor.prove(centre, token, code)
        except Unauthorised:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(prove, tokens)) == [False, True]


def test_a_recovery_code_opens_once_however_it_is_typed(centre: Centre, police: str) -> None:
    _, codes = enrolled(centre, police)
    assert len(set(codes)) == 10
    typed = f" {codes[3].lower().replace('-', '')} "
    assert factor.prove(centre, enter(centre, police).token, typed)
    assert managing.factors(centre) == {police: 9}
    for code in (codes[3], "AAAAA-AAAAA", "", "x" * 5000, "\x00"):
        with pytest.raises(Unauthorised):
            factor.prove(centre, enter(centre, police).token, code)
        managing.unlock(centre, police, actor="test")


def test_wrong_codes_shut_the_door_though_the_password_is_right(
    centre: Centre, police: str, clock
) -> None:
    """Each new sign-in by password would else allow five guesses more."""
    made, _ = enrolled(centre, police)
    clock.advance(minutes=1)
    fates = [guess(centre, police, made) for _ in range(4)]
    assert fates == [Unauthorised, Unauthorised, TooMany, TooMany]
    [shut] = managing.lockouts(centre)
    assert (shut.name, shut.failures) == (police, rules.MAX_FAILURES)
    managing.unlock(centre, police, actor="quan-tri")
    assert managing.lockouts(centre) == []
    assert factor.prove(centre, enter(centre, police).token, made.at(clock.at))


def test_too_many_codes_end_the_session_that_waits(centre: Centre, police: str, clock) -> None:
    made, _ = enrolled(centre, police)
    clock.advance(minutes=1)
    token = enter(centre, police).token
    for _ in range(rules.MAX_FAILURES - 1):
        with pytest.raises(Unauthorised):
            factor.prove(centre, token, wrong(made, centre))
    with pytest.raises(TooMany):
        factor.prove(centre, token, made.at(clock.at))
    assert factor.standing_of(centre, token) is None


def test_a_provider_that_asked_for_two_factors_is_enough(strict: Centre, police: str) -> None:
    managing.bind_subject(strict, police, "sub-1", actor="quan-tri")
    assert service.sign_in_as(strict, "sub-1", HERE, is_proven=True).proof is Proof.DONE
    assert service.sign_in_as(strict, "sub-1", HERE).proof is Proof.ENROL
    enrolled(strict, police)
    assert service.sign_in_as(strict, "sub-1", HERE).proof is Proof.CODE
    with pytest.raises(Unauthorised):
        service.sign_in_as(strict, "sub-2", HERE, is_proven=True)


def test_a_factor_is_there_once_and_can_be_dropped(centre: Centre, police: str) -> None:
    enrolled(centre, police)
    with pytest.raises(Conflict):
        factor.begin(centre, enter(centre, police).token)
    managing.drop_factor(centre, police, actor="quan-tri")
    assert enter(centre, police).proof is Proof.DONE
    with pytest.raises(NotFound):
        managing.drop_factor(centre, police, actor="quan-tri")


def test_nothing_that_makes_codes_stands_in_the_store_or_the_audit(
    centre: Centre, police: str
) -> None:
    made, codes = enrolled(centre, police)
    with centre.engine.connect() as conn:
        kept = "".join(
            str(conn.execute(text(f"SELECT array_agg(t::text) FROM {table} t")).scalar())
            for table in ("second_factors", "recovery_codes", "sessions", "audit", "audit_open")
        )
    for secret in (made.secret, made.secret.encode().hex(), *codes):
        assert secret not in kept
        assert secret.replace("-", "") not in kept


def test_under_another_secret_of_the_installation_no_code_counts(
    centre: Centre, police: str, clock, caplog
) -> None:
    made, codes = enrolled(centre, police)
    clock.advance(minutes=1)
    other = replace(centre, settings=replace(centre.settings, secret="another" * 8))
    for code in (made.at(clock.at), codes[0]):
        with pytest.raises(Unauthorised):
            factor.prove(other, enter(other, police).token, code)
    assert "another IOC_SECRET" in caplog.text
    assert made.secret not in caplog.text


def test_each_step_stands_in_the_audit(centre: Centre, police: str, clock) -> None:
    made, codes = enrolled(centre, police)
    clock.advance(minutes=1)
    token = enter(centre, police).token
    with pytest.raises(Unauthorised):
        factor.prove(centre, token, wrong(made, centre))
    factor.prove(centre, token, codes[0])
    managing.drop_factor(centre, police, actor="quan-tri")
    with centre.engine.connect() as conn:
        told = conn.execute(text("SELECT actor, action FROM audit ORDER BY no")).all()
    assert [tuple(row) for row in told] == [
        (police, "signed_in"),
        (police, "factor_confirmed"),
        (police, "sign_in_refused"),
        (police, "recovery_code_used"),
        (police, "signed_in"),
        ("quan-tri", "factor_dropped"),
    ]
