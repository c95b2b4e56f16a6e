"""MONGODB_URL: a wrong one is one sentence at the start."""

import pytest
from pydantic import ValidationError
from pymongo.uri_parser import parse_uri

from api.config import Settings


@pytest.mark.parametrize(
    "address",
    [
        "u:the-secret@h",
        "mongo://u:the-secret@h",
        "mongodb://u:the secret@h",
        "mongodb://u:the@secret@h",
        "mongodb://u:the-se/cret@h",
        "mongodb://u:the-secret@",
    ],
)
def test_a_wrong_address_is_refused_at_the_start_without_showing_it(address: str) -> None:
    with pytest.raises(ValidationError, match="mongodb_url") as error:
        Settings(_env_file=None, mongodb_url=address)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("address", ["mongodb://127.0.0.1:27017", "mongodb://u:a%40b@h1:1,h2:2/d?replicaSet=r"])
def test_a_right_address_is_taken_as_it_is(address: str) -> None:
    taken = Settings(_env_file=None, mongodb_url=address).mongodb_url.get_secret_value()
    assert taken == address
    assert parse_uri(taken)["nodelist"]
