"""`flask doctor`: looks at configuration, database and providers, and says how to mend what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.crypto import EncryptionNotConfigured, FieldCipher
from app.core.db import db
from app.messaging.channels import TemporaryFailure, sends_sms
from app.messaging.channels.email import SmtpChannel
from app.messaging.channels.sms import TwilioChannel
from config import PROJECT, Config

OLDEST_POSTGRESQL = 150000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    ok: bool
    subject: str
    words: str


def examine(config: Config) -> list[Finding]:
    """Look at everything; no finding stops the others."""
    return [*_database(), *_secrets(config), _mail(config), _sms(config), *_not_yet(config)]


def _database() -> list[Finding]:
    try:
        version = int(db.session.scalar(text("SELECT current_setting('server_version_num')")) or 0)
    except (SQLAlchemyError, RuntimeError) as problem:
        return [Finding(False, "database", f"{problem}. Set DATABASE_URL, or empty it to use the embedded server.")]
    findings = [
        Finding(
            version >= OLDEST_POSTGRESQL,
            "database",
            f"PostgreSQL {version // 10000} answers"
            + ("" if version >= OLDEST_POSTGRESQL else "; version 15 or newer is needed"),
        )
    ]
    wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
    found = MigrationContext.configure(db.session.connection()).get_current_revision()
    words = "up to date" if wanted == found else f"at {found}, wanted {wanted}: run `flask --app wsgi db upgrade`"
    return [*findings, Finding(wanted == found, "tables", words)]


def _alembic() -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(PROJECT / "migrations"))
    return settings


def _secrets(config: Config) -> list[Finding]:
    own = "kept in instance/; set it in the environment when there are several machines"
    findings = [
        Finding(
            len(config.SECRET_KEY) >= 32 or not config.SECRET_KEY, "SECRET_KEY", "set" if config.SECRET_KEY else own
        )
    ]
    if not config.FIELD_ENCRYPTION_KEYS:
        return [*findings, Finding(True, "FIELD_ENCRYPTION_KEYS", own)]
    try:
        cipher = FieldCipher(config.FIELD_ENCRYPTION_KEYS)
        cipher.unseal(cipher.seal({}))
    except EncryptionNotConfigured as problem:
        return [*findings, Finding(False, "FIELD_ENCRYPTION_KEYS", str(problem))]
    return [*findings, Finding(True, "FIELD_ENCRYPTION_KEYS", "set, and opens what it seals")]


def _mail(config: Config) -> Finding:
    if not config.SMTP_URL:
        return Finding(True, "e-mail", "no provider: messages wait in the outbox; set SMTP_URL to send them")
    try:
        SmtpChannel(config.SMTP_URL).check()
    except TemporaryFailure as problem:
        return Finding(False, "e-mail", f"{problem}. Check SMTP_URL: host, port, user and password.")
    return Finding(True, "e-mail", "the server answers and lets us in")


def _sms(config: Config) -> Finding:
    subject = "text messages"
    if not config.TWILIO_ACCOUNT_SID:
        return Finding(True, subject, "no provider: messages wait in the outbox; set TWILIO_… to send them")
    if not sends_sms(config):
        missing = "TWILIO_AUTH_TOKEN and a sender (TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM) are needed, too"
        return Finding(False, subject, f"{missing}: messages wait in the outbox.")
    try:
        TwilioChannel(config, lambda message: "").check()
    except TemporaryFailure as problem:
        return Finding(False, subject, f"{problem}. Check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_API_BASE.")
    return Finding(True, subject, "Twilio answers and knows the account")


def _not_yet(config: Config) -> list[Finding]:
    graph = "settings are there, but this version does not use Microsoft yet"
    return [Finding(True, "Microsoft", graph if config.AZURE_CLIENT_ID else "not set")]
