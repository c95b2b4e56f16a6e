"""DATABASE_URL: PostgreSQL's driver would show the password of a malformed address."""

import psycopg
import pytest
from pydantic import ValidationError

from api.config import Settings


@pytest.mark.parametrize(
    "address",
    [
        "u:the-secret@h/d",
        "mysql://u:the-secret@h/d",
        "postgresql://u:the-secret%zz@h/d",
        "postgresql://u:the secret@h/d",
        "postgresql://u:the@secret@h/d",
        "postgresql://u:the-se/cret@h/d",
        "postgresql://u:the-secret\x00@h/d",
        "postgresql://u:the-secret@[::1/d",
        "postgresql://u:the-secret@h:0/d",
        "postgresql://u:the-secret@h:port/d",
    ],
)
def test_a_malformed_address_is_an_error_at_start_that_does_not_show_it(address: str) -> None:
    with pytest.raises(ValidationError, match="database_url") as error:
        Settings(_env_file=None, database_url=address)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "address", ["postgresql://u:a%20b%40%25@h:5433/d", "postgres://h/d", "postgresql:///d?host=/run"]
)
def test_a_valid_address_is_used_unchanged(address: str) -> None:
    taken = Settings(_env_file=None, database_url=address).database_url.get_secret_value()
    assert taken == address
    assert psycopg.conninfo.conninfo_to_dict(taken)["dbname"] == "d"
