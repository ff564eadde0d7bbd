"""The image without a Docker engine: the Dockerfile's steps followed in a folder of this machine."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
BASE = re.compile(r"python:(\d+\.\d+)-slim")


class CannotBuild(Exception):
    """This machine lacks a tool that the image is built with."""


def instructions() -> Iterator[tuple[str, str]]:
    """The steps of the Dockerfile: each instruction with its arguments."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            yield instruction, rest


def let_in() -> Iterator[Path]:
    """The files that `.dockerignore` lets into the build."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    for line in lines:
        if line.startswith("!"):
            place = ROOT / line[1:]
            files = [place] if place.is_file() else filter(Path.is_file, place.rglob("*"))
            yield from (file for file in files if "__pycache__" not in file.parts)


def user_options(user: int) -> dict[str, Any]:
    """How to start a process as another user; as the current user where that is not permitted."""
    return {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}


def interpreter(version: str, user: int) -> str:
    """A Python of this version that the user may run."""
    for candidate in (f"/usr/bin/python{version}", shutil.which(f"python{version}")):
        if candidate and Path(candidate).exists():
            try:
                subprocess.run(
                    [candidate, "-m", "venv", "-h"], **user_options(user), stdout=-3, check=True
                )
            except (OSError, subprocess.CalledProcessError):
                continue
            return candidate
    raise CannotBuild(
        f"needs a python{version} with venv that every user may run, such as Debian's python3-venv"
    )


@dataclass
class Image:
    """The result of the Dockerfile, in `folder`: a path of the image has the same name there."""

    folder: Path
    workdir: str = "/"
    user: int = 0
    environment: dict[str, str] = field(default_factory=dict)
    entrypoint: list[str] = field(default_factory=list)

    def here(self, text: str) -> str:
        """A text with the image's folders replaced by those of this machine."""
        return re.sub(r"(?<![\w.])/(opt|src|app|tmp)\b", rf"{self.folder}/\1", text)

    def build(self) -> None:
        """Follow the Dockerfile, and keep only the files of its last stage."""
        steps = list(instructions())
        self.user = int(next(rest for name, rest in steps if name == "USER"))
        for name, rest in steps:
            getattr(self, f"_{name.lower()}", lambda _: None)(rest)
        (self.folder / "tmp").mkdir(exist_ok=True)
        (self.folder / "tmp").chmod(0o777)

    def command(self, *arguments: str, **settings: str) -> dict[str, Any]:
        """The keywords of `subprocess.Popen` that start a process of the image with these settings."""
        program = Path(self.here("/opt/recollect/bin")) / self.entrypoint[0]
        return {
            "args": [program, *arguments],
            "cwd": self.here(self.workdir),
            "env": self.environment | settings,
            **user_options(self.user),
        }

    def protect(self) -> Mapping[str, tuple[int, int]]:
        """Remove every write permission except in /tmp, and note the state of every file."""
        for path in self.folder.rglob("*"):
            if not path.is_symlink() and path != self.folder / "tmp":
                path.chmod(path.stat().st_mode & ~0o222)
        return self.files()

    def files(self) -> Mapping[str, tuple[int, int]]:
        """Each file outside of /tmp with its size and the time of its last change."""
        return {
            str(path): (found.st_size, found.st_mtime_ns)
            for path in self.folder.rglob("*")
            if not path.is_relative_to(self.folder / "tmp")
            for found in [path.lstat()]
        }

    def _from(self, rest: str) -> None:
        version = BASE.match(rest)
        assert version, f"the base of {rest} is not known here"
        self._python = interpreter(version[1], self.user)
        # A new stage has only the files that are copied from the one before.
        self._earlier = {path for path in self.folder.iterdir() if path.is_dir()}

    def _workdir(self, rest: str) -> None:
        self.workdir = rest
        Path(self.here(rest)).mkdir(parents=True)

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        if sources[0] == "--from=build":
            # The path is the same in both stages, one folder here; the rest of the first stage is removed.
            assert sources[1:] == [target]
            kept = Path(self.here(target))
            for path in self._earlier - {*kept.parents}:
                shutil.rmtree(path)
            return
        into = Path(self.here(self.workdir)) / target
        for file in let_in():
            name = file.relative_to(ROOT)
            for source in sources:
                if source == "." or name == Path(source):
                    place = into / (name if source == "." else name.name)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, place)

    def _run(self, rest: str) -> None:
        if added := re.fullmatch(r"useradd --system --uid (\d+) .*", rest):
            assert int(added[1]) == self.user
            return
        command = re.sub(r"^python ", f"{self._python} ", self.here(rest))
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.here(self.workdir), capture_output=True, text=True
        )
        if "No matching distribution found" in done.stderr:
            raise CannotBuild("needs the package index: what locks/server.txt names can't be had")
        assert done.returncode == 0, f"RUN {rest}\n{done.stderr}"

    def _env(self, rest: str) -> None:
        for pair in shlex.split(self.here(rest).replace("$PATH", os.defpath)):
            name, _, value = pair.partition("=")
            self.environment[name] = value

    def _entrypoint(self, rest: str) -> None:
        self.entrypoint = json.loads(rest)
