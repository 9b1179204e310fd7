"""Real threads that start together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def run_at_once(functions: Sequence[Callable[[], Any]], *, workers: int = 16) -> list[Any]:
    """Results in order; an exception stands in the place of the result that it prevented."""
    gate = threading.Barrier(min(workers, len(functions)))
    waited = threading.local()

    def run(function: Callable[[], Any]) -> Any:
        if not getattr(waited, "done", False):
            waited.done = True
            gate.wait(timeout=30)
        try:
            return function()
        except Exception as problem:
            return problem

    with ThreadPoolExecutor(min(workers, len(functions))) as pool:
        return list(pool.map(run, functions))
