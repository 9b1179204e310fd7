"""The installation's own secrets: from the environment, else made once and kept in the instance folder (mode 0600)."""

from __future__ import annotations

import base64
import json
import os
import secrets
import tempfile
from pathlib import Path

from config import Config

SHORTEST_SECRET_KEY = 32


class WeakSecretKey(RuntimeError):
    """SECRET_KEY could be guessed, and sessions forged."""


def secret_key_and_field_keys(config: Config) -> tuple[str, str]:
    """``SECRET_KEY`` and ``FIELD_ENCRYPTION_KEYS``. Several machines must be given the same ones by environment."""
    if 0 < len(config.SECRET_KEY) < SHORTEST_SECRET_KEY:
        raise WeakSecretKey(
            f"SECRET_KEY has {len(config.SECRET_KEY)} characters: at least {SHORTEST_SECRET_KEY} are needed"
        )
    if config.SECRET_KEY and config.FIELD_ENCRYPTION_KEYS:
        return config.SECRET_KEY, config.FIELD_ENCRYPTION_KEYS
    kept = _kept(config.instance / "secrets.json")
    return config.SECRET_KEY or kept["SECRET_KEY"], config.FIELD_ENCRYPTION_KEYS or kept["FIELD_ENCRYPTION_KEYS"]


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        field_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
        made = {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_ENCRYPTION_KEYS": f"k1:{field_key}"}
        handle, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(made, file)
        try:
            os.link(name, path)  # fails if another process was first: then its secrets are the ones
        except FileExistsError:
            pass
        finally:
            os.unlink(name)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept
