"""How many requests there are and how long they take, counted by every web process and read together."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, g, request, request_started
from prometheus_client import REGISTRY, CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SECONDS = Histogram(
    "vuoro_http_request_seconds",
    "Time to answer a request, by endpoint, method and class of status",
    ("endpoint", "method", "status"),
    buckets=BUCKETS,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install(app: Flask) -> None:
    """Measure every request of the application."""
    request_started.connect(_begin, app)
    app.after_request(_end)


def _begin(app: Flask, **more: Any) -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    # An address that leads nowhere has no endpoint; addresses themselves hold secrets, and there is no end of them.
    endpoint = request.endpoint or "nowhere"
    method = request.method if request.method in METHODS else "other"
    labels = SECONDS.labels(endpoint, method, f"{response.status_code // 100}xx")
    labels.observe(time.perf_counter() - g.began)
    return response


def counted(folder: str) -> CollectorRegistry:
    """The counts of this process; with a folder, of all processes that keep theirs there."""
    if not folder:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together, path=folder)  # type: ignore[no-untyped-call]
    return together
