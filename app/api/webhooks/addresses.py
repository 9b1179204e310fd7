"""Where events may be sent: over https, and to nothing inside our own network unless the installation says so."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from app.api.webhooks.rules import Failure
from app.core.i18n import N_
from app.core.typed import Unusable
from config import Config

LONGEST_URL = 1000
PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LookUp = Callable[..., Sequence[tuple[Any, ...]]]


class Refused(Exception):
    """Nothing may be sent there, or nobody knows where it is."""

    def __init__(self, failure: Failure, detail: str) -> None:
        self.failure = failure
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the installation allows."""

    plain_http: bool = False
    private: bool = False

    @classmethod
    def of(cls, config: Config) -> Policy:
        """A demo allows everything, so that a receiver on the same machine can be tried."""
        return cls(config.demo, config.demo or config.WEBHOOKS_TO_PRIVATE_ADDRESSES == "1")


def check_url(typed: str, policy: Policy) -> str:
    """The address as it is kept. Raises ``Unusable``."""
    url = typed.strip()
    if len(url) > LONGEST_URL:
        raise Unusable(N_("This is too long. Please shorten it."))
    try:
        parts = urlsplit(url)
        usable = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
        usable = usable and parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        usable = False
    if not usable:
        raise Unusable(N_("Enter a whole address, for example https://system.example.fi/vuoro."))
    if parts.username is not None or parts.password is not None:
        raise Unusable(N_("Leave out the user name and the password: the signature tells who sends."))
    if parts.scheme == "http" and not (policy.plain_http or (policy.private and _is_this_machine(parts))):
        raise Unusable(N_("The address must begin with https://."))
    literal = _literal(parts.hostname or "")
    if (_is_this_machine(parts) or (literal is not None and not is_public(literal))) and not policy.private:
        raise Unusable(N_("The address must be reachable from the internet, not inside a private network."))
    return parts._replace(fragment="").geturl()


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_this_machine(parts: SplitResult) -> bool:
    host = (parts.hostname or "").rstrip(".")
    literal = _literal(host)
    return literal.is_loopback if literal is not None else host == "localhost" or host.endswith(".localhost")


def is_public(address: Address) -> bool:
    """True for an address of the open internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def resolve(url: str, policy: Policy, *, look_up: LookUp = socket.getaddrinfo) -> list[str]:
    """IP addresses of the receiver, to be connected to as they are: a second look-up could answer otherwise.

    Raises ``Refused``. One private address among several refuses all.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        found = look_up(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Refused(Failure.UNRESOLVED, f"{host}: {problem}") from problem
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not policy.private and not is_public(ipaddress.ip_address(address.partition("%")[0])):
            raise Refused(Failure.ADDRESS, f"{host} is {address}")
    if not addresses:
        raise Refused(Failure.UNRESOLVED, host)
    return addresses
