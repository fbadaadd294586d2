"""Virtual environments for the judges: made on first use, kept until their requirements change."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("ROSTER_JUDGES_CACHE", HERE.parents[1] / "target" / "judges"))
# Installing from a cold cache takes about a minute.
INSTALL_SECONDS = 600


def program(name: str, command: str) -> str:
    """The path of a command of `requirements-NAME.txt`, which are installed if they are not yet."""
    requirements = HERE / f"requirements-{name}.txt"
    wanted = requirements.read_bytes() + sys.version.encode()
    home = CACHE / f"{name}-{hashlib.sha256(wanted).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        complete = home / "complete"
        if not complete.exists():
            shutil.rmtree(home, ignore_errors=True)
            install(home, requirements)
            complete.touch()
    return str(home / "bin" / command)


def install(home: Path, requirements: Path) -> None:
    """Make a virtual environment with exactly the pinned packages."""
    print(f"installing {requirements.name}", file=sys.stderr)
    venv.create(home, with_pip=True)
    pip = [str(home / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    # The files pin every package, so nothing else may be resolved.
    subprocess.run([*pip, "install", "--no-deps", "-r", str(requirements)], check=True, timeout=INSTALL_SECONDS)
    subprocess.run([*pip, "check"], check=True, timeout=INSTALL_SECONDS)


def loopback() -> dict[str, str]:
    """The environment of a judge: ours, but never through a proxy."""
    return {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
