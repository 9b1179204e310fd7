"""Where webhooks may go: nowhere inside our own network, however the address is written."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from app.api.webhooks.addresses import Policy, Refused, check_url, is_public, resolve
from app.api.webhooks.rules import Failure
from app.core.typed import Unusable

STRICT = Policy()
DEMO = Policy(plain_http=True, private=True)
OWN_NETWORK = Policy(private=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://system.example.fi/vuoro",
        "https://system.example.fi:8443/a?b=c",
        "https://xn--jrvi-loa.example/",
        "https://93.184.216.34/x",
        "https://[2606:2800:220:1::1]/x",
    ],
)
def test_an_https_address_of_the_open_internet_is_taken_as_it_is(url: str) -> None:
    assert check_url(f" {url} ", STRICT) == url


def test_what_follows_a_hash_is_left_out() -> None:
    assert check_url("https://system.example.fi/vuoro#part", STRICT) == "https://system.example.fi/vuoro"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "system.example.fi",
        "http://system.example.fi/",
        "ftp://system.example.fi/",
        "https://",
        "https:///path",
        "https://a b.example/",
        "https://järvi.example/",
        "https://system.example.fi:99999/",
        "https://system.example.fi:0/",
        "https://[::1/",
        "https://user:secret@system.example.fi/",
        "https://user@system.example.fi/",
        "https://system.example.fi\\@127.0.0.1/",
        "https://system.example.fi/\r\nX: y",
        "https://system.example.fi/" + "x" * 1000,
        "https://localhost/",
        "https://LOCALHOST./",
        "https://db.localhost/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "http://127.0.0.1/",
    ],
)
def test_an_address_that_is_unsafe_or_none_is_refused(url: str) -> None:
    with pytest.raises(Unusable):
        check_url(url, STRICT)


def test_a_demo_sends_to_this_machine_without_encryption() -> None:
    for url in ("http://127.0.0.1:9/x", "http://localhost:9/x", "http://system.example.fi/"):
        assert check_url(url, DEMO) == url


def test_an_own_network_may_be_allowed_and_still_wants_encryption_beyond_this_machine() -> None:
    assert check_url("https://10.1.2.3/x", OWN_NETWORK) == "https://10.1.2.3/x"
    assert check_url("http://127.0.0.1:9/x", OWN_NETWORK) == "http://127.0.0.1:9/x"
    with pytest.raises(Unusable):
        check_url("http://10.1.2.3/x", OWN_NETWORK)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("172.31.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:0a00:0001::", False),
    ],
)
def test_what_is_private_is_known_whatever_it_is_wrapped_in(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) == public


def answering(*addresses: str) -> Any:
    return lambda host, port, type: [(2, 1, 6, "", (address, port)) for address in addresses]


def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address() -> None:
    for found in (["10.0.0.5"], ["93.184.216.34", "127.0.0.1"], ["fe80::1%eth0"]):
        with pytest.raises(Refused) as refusal:
            resolve("https://system.example.fi/", STRICT, look_up=answering(*found))
        assert refusal.value.failure == Failure.ADDRESS
    assert resolve("https://system.example.fi/", STRICT, look_up=answering("93.184.216.34")) == ["93.184.216.34"]
    assert resolve("https://inside.example.fi/", OWN_NETWORK, look_up=answering("10.0.0.5")) == ["10.0.0.5"]


def test_a_name_that_nobody_knows_is_told_apart() -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise OSError("Name or service not known")

    with pytest.raises(Refused) as refusal:
        resolve("https://nowhere.example/", STRICT, look_up=unknown)
    assert refusal.value.failure == Failure.UNRESOLVED
