"""Which addresses count as one visitor."""

from __future__ import annotations

import pytest

from app.core.limits import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:49152", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:49152", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_address_stands_for_its_64_bits_and_others_for_themselves(address: str, network: str) -> None:
    assert network_of(address) == network


def test_neighbouring_ipv6_networks_are_not_one() -> None:
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
