"""People of the tests."""

from functools import cache

from pwdlib import PasswordHash

from ioc.access import store
from ioc.access.model import Role, User
from ioc.centre import Centre
from ioc.db import transact


@cache
def _hashed(password: str) -> str:
    return PasswordHash.recommended().hash(password)


def an_account(centre: Centre, name: str, password: str, role: Role) -> User:
    """Create the account of a person of `role`, who can then sign in."""
    # Who works for an agency sees its reports alone: those of street lights, among others.
    agency = "hepco" if role is Role.AGENCY else None
    user = User(name, role, role.value.title(), agency=agency)
    hashed, now = _hashed(password), centre.now()
    assert transact(centre.engine, lambda conn: store.add_user(conn, user, hashed, now))
    return user
