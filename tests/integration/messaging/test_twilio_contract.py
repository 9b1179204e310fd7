"""The real twilio client against a server made of Twilio's own description (Prism). Needs Node, npm and the description."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.messaging.channels import TemporaryFailure, receipts_url
from app.messaging.channels.sms import TwilioChannel
from config import PROJECT
from tests.integration.messaging.test_sms import NUMBER, TOKEN, outgoing, settings_of
from tests.post_office import Outbox, free_port
from tests.twilio_server import ACCOUNT, twilio_server

PRISM = "@stoplight/prism-cli@5.16.0"
SPECS = Path(os.environ.get("VUORO_SPECS") or PROJECT.parent / "shared" / "specs")
DESCRIPTION = SPECS / "twilio-messages.json"


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that takes what the description allows, and refuses the rest."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not here")
    if not DESCRIPTION.exists():
        pytest.skip("Twilio's description is not here: name its folder in VUORO_SPECS")
    folder = tmp_path_factory.mktemp("prism")
    install = ["npm", "install", "--no-audit", "--no-fund", "--silent", PRISM]
    try:
        subprocess.run(install, cwd=folder, check=True, timeout=150)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("npm could not install Prism")
    port = free_port()
    command = [str(folder / "node_modules" / ".bin" / "prism"), "mock", "--errors", "-p", str(port), str(DESCRIPTION)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            requests.get(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("Prism does not answer")


def channel_of(address: str) -> TwilioChannel:
    with twilio_server() as simulated:
        settings = settings_of(simulated, TWILIO_API_BASE=address)
    return TwilioChannel(settings, lambda message: receipts_url(settings, message))


def test_what_is_not_in_the_description_is_refused(prism: str) -> None:
    """Prism takes everything where a description does not compile: then this fails, and what follows means nothing."""
    path = f"{prism}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    without_receiver = requests.post(path, data={"Body": "Hei"}, auth=(ACCOUNT, TOKEN), timeout=20)
    assert 400 <= without_receiver.status_code < 500
    assert requests.post(path, data={"To": NUMBER, "Body": "Hei"}, timeout=20).status_code == 401
    strange = requests.post(path.replace(ACCOUNT, "AC1"), data={"To": NUMBER}, auth=(ACCOUNT, TOKEN), timeout=20)
    assert 400 <= strange.status_code < 500


def test_a_message_as_we_hand_it_over_is_what_is_described(prism: str, outbox: Outbox) -> None:
    assert channel_of(prism).send(outgoing(outbox))


def test_looking_for_what_was_sent_before_is_what_is_described(prism: str, outbox: Outbox) -> None:
    """Prism's own example of the list is not what the description says of it; only what it says of our request counts."""
    with pytest.raises(TemporaryFailure) as answer:
        channel_of(prism).send(outgoing(outbox, attempt=2))
    assert '"location":["response"' in str(answer.value)
    assert '"location":["request"' not in str(answer.value)
