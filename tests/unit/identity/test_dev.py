"""The dev identity, and the ids and the key that it shares with the other identities."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from recollect.identity import Unauthenticated, build_authenticator, load_id_key
from recollect.identity.dev import DevAuthenticator
from recollect.identity.key import uid_of_email, uid_of_guest, uid_of_subject
from recollect.identity.viewers import Viewers
from recollect.settings.errors import SettingsError
from recollect.settings.settings import Settings

KEY = b"k" * 32
dev = DevAuthenticator(Viewers(KEY))


async def test_without_a_header_the_caller_is_you() -> None:
    viewer = await dev.authenticate({})

    assert viewer.email == "you@example.com"


async def test_the_header_names_the_caller() -> None:
    viewer = await dev.authenticate({"x-recollect-dev-user": "Someone@Example.com"})

    assert viewer.email == "someone@example.com"
    assert viewer.uid == uid_of_email(KEY, "someone@example.com")


async def test_default_settings_build_the_dev_authenticator(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    viewer = await build_authenticator(settings, load_id_key(settings)).authenticate({})

    assert viewer.email == "you@example.com"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "someone",
        "@example.com",
        "someone@",
        "a@b@c",
        "some one@example.com",
        "someone@example.com\nX: y",
        "some\x00one@example.com",
        "some\x7fone@example.com",
        "some\u200bone@example.com",
        "a@example.com, b@example.com",
        "x" * 65 + "@example.com",
        "a@" + "x" * 253,
    ],
)
async def test_what_is_not_one_plausible_address_is_refused(header: str) -> None:
    with pytest.raises(Unauthenticated, match="one e-mail address of at most 254") as caught:
        await dev.authenticate({"x-recollect-dev-user": header})

    assert not header or header not in str(caught.value)


async def test_an_address_of_254_characters_is_accepted() -> None:
    address = "a@" + "x" * 252

    assert (await dev.authenticate({"x-recollect-dev-user": address})).email == address


@pytest.mark.parametrize("header", ["Bearer x", "bearer x.y.z", "Bearer", "Bearer "])
async def test_a_bearer_token_is_refused_and_not_overlooked(header: str) -> None:
    with pytest.raises(Unauthenticated, match="no bearer token"):
        await dev.authenticate({"authorization": header, "x-recollect-dev-user": "a@example.com"})


async def test_a_listed_developer_is_an_administrator() -> None:
    authenticator = DevAuthenticator(Viewers(KEY, admins=frozenset({"admin@example.com"})))

    admin = await authenticator.authenticate({"x-recollect-dev-user": "ADMIN@example.com"})
    other = await authenticator.authenticate({})

    assert (admin.is_admin, other.is_admin) == (True, False)


def test_a_uid_has_160_bits_in_lower_case_and_hides_the_address() -> None:
    uid = uid_of_email(KEY, "someone@example.com")

    assert re.fullmatch("[a-z2-7]{32}", uid)
    assert uid == "vxraqkiymyeackrznjot3il7xxjpyrdu"


def test_uids_differ_by_key_kind_issuer_and_subject() -> None:
    uids = [
        uid_of_email(KEY, "a@b"),
        uid_of_email(b"other" * 8, "a@b"),
        uid_of_email(KEY, "c@b"),
        uid_of_guest(KEY, "a@b"),
        uid_of_subject(KEY, "a@b", ""),
        uid_of_subject(KEY, "https://one", "1"),
        uid_of_subject(KEY, "https://two", "1"),
        uid_of_subject(KEY, "https://one", "2"),
        uid_of_subject(KEY, "https://one1", ""),
    ]

    assert len(set(uids)) == len(uids)


def test_the_key_that_is_set_is_used(tmp_path: Path) -> None:
    settings = Settings(id_key=KEY.decode(), data_dir=tmp_path)

    assert load_id_key(settings) == KEY
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_generated_once_and_kept_from_other_people(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new" / "folder")

    key = load_id_key(settings)

    assert load_id_key(settings) == key
    assert len(key) >= 32
    (file,) = settings.data_dir.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert load_id_key(Settings(data_dir=tmp_path / "another")) != key


def test_a_damaged_key_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "id_key").write_text("short")

    with pytest.raises(SettingsError, match="is damaged"):
        load_id_key(Settings(data_dir=tmp_path))

    assert (tmp_path / "id_key").read_text() == "short"


def test_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from recollect.identity.key import load_id_key\n"
        "from recollect.settings.settings import Settings\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(load_id_key(Settings(data_dir=Path(sys.argv[1]))).decode())"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": "."},
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()

    keys = [process.communicate(timeout=60)[0] for process in processes]

    assert len(set(keys)) == 1
    assert len(keys[0].strip()) >= 32
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["id_key"]
