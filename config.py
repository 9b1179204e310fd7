"""Every setting: its environment variable, default and meaning. Nothing else reads the environment.

A municipality's own provider settings (encrypted, in the database) override the provider settings here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

PROJECT = Path(__file__).resolve().parent


def _setting(default: str, meaning: str) -> str:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process. Field names are the environment variables' names."""

    DATABASE_URL: str = _setting("", "PostgreSQL as the application's role; empty: embedded PostgreSQL under instance/")
    DATABASE_OWNER_URL: str = _setting(
        "", "PostgreSQL as the tables' owner, for migrations; empty: the same server's owner"
    )
    DATABASE_POOL_SIZE: str = _setting("10", "database connections that one process keeps")
    SECRET_KEY: str = _setting("", "signs cookies; at least 32 characters; required outside the demo")
    FIELD_ENCRYPTION_KEYS: str = _setting(
        "", "`id:key` pairs, comma-separated, newest first; key = urlsafe base64 of 32 bytes; encrypts personal fields"
    )
    PUBLIC_URL: str = _setting("http://127.0.0.1:8000", "address that clients use; links in messages begin with it")
    TRUSTED_PROXIES: str = _setting("0", "how many reverse proxies stand in front (X-Forwarded-For, -Proto, -Host)")
    SMTP_URL: str = _setting(
        "", "`smtp://user:password@host:587` (STARTTLS where offered) or `smtps://…:465`; empty: e-mail waits, visibly"
    )
    SMTP_SENDER: str = _setting("", "address that e-mail comes from; empty: the municipality's own e-mail address")
    TWILIO_ACCOUNT_SID: str = _setting("", "Twilio account; empty: text messages wait, visibly")
    TWILIO_AUTH_TOKEN: str = _setting("", "Twilio secret")
    TWILIO_MESSAGING_SERVICE_SID: str = _setting("", "Twilio sender: a messaging service …")
    TWILIO_FROM: str = _setting("", "… or one number or name")
    SMS_PER_SECOND: str = _setting("10", "text messages a second, of all workers together; 0: no limit of ours")
    EMAILS_PER_SECOND: str = _setting("0", "e-mails a second, of all workers together; 0: no limit of ours")
    NUDGES_A_DAY: str = _setting("6", "reminders and invitations that one client gets a day at most")
    TWILIO_API_BASE: str = _setting("https://api.twilio.com", "where Twilio answers; a simulator can stand in")
    AZURE_AUTHORITY: str = _setting("", "Entra ID authority for staff sign-in")
    AZURE_CLIENT_ID: str = _setting("", "Entra ID application")
    AZURE_CLIENT_SECRET: str = _setting("", "Entra ID application's secret")
    GRAPH_API_BASE: str = _setting("https://graph.microsoft.com/v1.0", "where Microsoft Graph answers")
    REDIS_URL: str = _setting("", "shared rate limits; optional")
    ADDRESS_LIMITS: str = _setting("1", "0: requests from one address are not limited; only for load tests")
    API_CALLS_PER_KEY: str = _setting("30000/minute", "how often one API key may call: a runaway loop is stopped")
    API_WRONG_KEYS_PER_ADDRESS: str = _setting("60/minute", "how many calls with a wrong API key one address may make")
    WEBHOOKS_TO_PRIVATE_ADDRESSES: str = _setting(
        "", "1: webhooks may also go to addresses inside your own network (never on a shared installation)"
    )
    STAFF_IDLE_HOURS: str = _setting("8", "after how many hours without a click staff are signed out")
    STAFF_SESSION_HOURS: str = _setting("12", "after how many hours staff are signed out at the latest")
    METRICS_TOKEN: str = _setting("", "bearer token that `/metrics` asks for; empty: there is no such page")
    PROMETHEUS_MULTIPROC_DIR: str = _setting(
        "", "folder where web processes keep their request counts together; `gunicorn.conf.py` sets it"
    )
    VUORO_INSTANCE: str = _setting(str(PROJECT / "instance"), "folder of the embedded database and local secrets")
    VUORO_DEMO: str = _setting("", "1: the mailbox page shows every message to anybody; never outside a demo")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Read every setting from environment variables of the same name."""
        return cls(**{f.name: environ[f.name] for f in fields(cls) if environ.get(f.name)})

    @property
    def demo(self) -> bool:
        """True in a demo installation."""
        return self.VUORO_DEMO == "1"

    @property
    def instance(self) -> Path:
        """Folder for the embedded database and local secrets."""
        return Path(self.VUORO_INSTANCE)
