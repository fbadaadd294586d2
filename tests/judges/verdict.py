"""What every judge script shares: its arguments, and how it says what it found."""

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True)
class Check:
    """One thing a judge looked at. Anything but `passed` fails the run."""

    name: str
    outcome: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the server did as it should."""
        return self.outcome == "passed"


@dataclass(frozen=True)
class Server:
    """The server under judgement."""

    url: str
    token: str


def arguments(description: str) -> Server:
    """The server named on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--url", required=True, help="base URL, such as http://127.0.0.1:8080/scim/v2")
    parser.add_argument("--token", required=True, help="bearer token of a client in an empty organization")
    chosen = parser.parse_args()
    return Server(chosen.url.rstrip("/"), chosen.token)


def conclude(judge: str, checks: Sequence[Check]) -> NoReturn:
    """Print what did not pass and one line that sums up; exit 0 only if there were checks and all passed."""
    for check in checks:
        if not check.passed:
            print(f"{check.outcome}: {check.name}")
            print("".join(f"    {line}\n" for line in check.detail.splitlines()), end="")
    counts = Counter(check.outcome for check in checks)
    print(f"{judge}: " + (", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "no checks"))
    raise SystemExit(0 if checks and counts["passed"] == len(checks) else 1)
