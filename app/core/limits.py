"""How often somebody may do something. Counted in Redis where REDIS_URL is set, else by each web process for itself.

For floods. What must be exact, or survive a restart (guesses of a code, bookings of a number), is counted in PostgreSQL.
"""

from __future__ import annotations

import logging
import math
from ipaddress import IPv4Address, IPv6Network, ip_address

from flask import Flask, current_app
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from app.core import clock
from app.core.errors import TooMany

log = logging.getLogger(__name__)


def install(app: Flask, redis_url: str) -> None:
    """Attach the counters."""
    storage = storage_from_string(redis_url or "memory://", wrap_exceptions=True)
    app.extensions["limiter"] = SlidingWindowCounterRateLimiter(storage)


def count(name: str, who: str, at_most: str) -> None:
    """Count one more ``name`` by ``who``. Raises ``TooMany`` beyond ``at_most`` (``"30/minute"``, ``"5 per 10 minutes"``).

    Where Redis does not answer, everybody passes: a limit may not take the service down.
    """
    limiter: SlidingWindowCounterRateLimiter = current_app.extensions["limiter"]
    limit = parse(at_most)
    try:
        if limiter.hit(limit, name, who):
            return
        wait = _seconds_left(limiter, limit, name, who)
    except StorageError:
        log.warning("the counters of REDIS_URL do not answer: %s is not limited", name)
        return
    raise TooMany(retry_after=wait, limit=name)


def refuse_spent(name: str, who: str, at_most: str) -> None:
    """Count nothing; raises ``TooMany`` where ``count`` would."""
    limiter: SlidingWindowCounterRateLimiter = current_app.extensions["limiter"]
    limit = parse(at_most)
    try:
        if limiter.test(limit, name, who):
            return
        wait = _seconds_left(limiter, limit, name, who)
    except StorageError:
        return
    raise TooMany(retry_after=wait, limit=name)


def is_first(name: str, who: str, in_which: str) -> bool:
    """True once in a while: for what may be noted, but not each time."""
    try:
        count(name, who, in_which)
    except TooMany:
        return False
    return True


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or the /64 that every household and telephone has of IPv6."""
    bare = address.rpartition(":")[0] if address.count(":") == 1 else address  # some proxies add the port
    try:
        found = ip_address(bare.partition("]")[0].strip("["))
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Network((int(found), 64), strict=False))


def _seconds_left(limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, name: str, who: str) -> int:
    reset = limiter.get_window_stats(limit, name, who).reset_time
    return max(1, math.ceil(reset - clock.now().timestamp()))
