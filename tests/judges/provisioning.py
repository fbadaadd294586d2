"""Canaille as the identity provider: what is done to its users and groups has to arrive at the server.

Canaille runs in this process with its memory backend and its SCIM client enabled. The server is registered as one of
its OpenID Connect clients, whose address is the SCIM base URL and whose access token is ours. Canaille looks a
resource up by `externalId`, creates it by POST, changes it by PUT and deletes it; it logs failures and goes on, so
every step reads the server's state and the log.
"""

import datetime
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from scim2_client.engines.httpx import SyncSCIMClient

from verdict import Check, Server, arguments, conclude

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# Canaille's own address, which it puts into links. It is never listened on.
PROVIDER = "127.0.0.1:5000"
CONFIGURATION = {
    "SECRET_KEY": "a judge's",
    "SERVER_NAME": PROVIDER,
    "CANAILLE": {"DATABASE": "memory"},
    "CANAILLE_OIDC": {"TRUSTED_DOMAINS": ["127.0.0.1", "localhost"]},
    "CANAILLE_SCIM": {"ENABLE_CLIENT": True},
}


class Log(logging.Handler):
    """What Canaille logged since it was last asked."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())

    def take(self) -> list[str]:
        """The lines, which are then forgotten."""
        taken, self.lines = self.lines, []
        return taken


class Judge:
    """Compares the server's state with what Canaille was told, step by step."""

    def __init__(self, server: Server, log: Log) -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        self.http = httpx.Client(base_url=server.url, headers=headers)
        self.log = log
        self.checks: list[Check] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One change and what must have come of it; Canaille must have nothing to say."""
        outcome, details = "passed", []
        try:
            yield
        except Exception as error:
            outcome = "failed" if isinstance(error, AssertionError) else "error"
            details = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])]
        if logged := self.log.take():
            outcome = "failed" if outcome == "passed" else outcome
            details += logged
        self.checks.append(Check(name, outcome, "\n".join(details)))

    def find(self, endpoint: str, pushed: Any) -> dict[str, Any] | None:
        """The resource that Canaille made of its user or group, read by id."""
        found = self.http.get(endpoint, params={"filter": f'externalId eq "{pushed.id}"'}).raise_for_status().json()
        assert found["totalResults"] <= 1, f"{found['totalResults']} resources for one externalId"
        if not found["totalResults"]:
            return None
        return self.http.get(f"{endpoint}/{found['Resources'][0]['id']}").raise_for_status().json()

    def holds(self, endpoint: str, pushed: Any, **expected: Any) -> dict[str, Any]:
        """The resource has these attributes; None means that it does not have the attribute."""
        resource = self.find(endpoint, pushed)
        assert resource is not None, "the server does not have it"
        for name, value in expected.items():
            assert resource.get(name) == value, f"{name} is {resource.get(name)!r} instead of {value!r}"
        return resource

    def lacks(self, endpoint: str, pushed: Any, identifier: str) -> None:
        """The resource is gone, by lookup and by id."""
        assert self.find(endpoint, pushed) is None, "the server still finds it"
        status = self.http.get(f"{endpoint}/{identifier}").status_code
        assert status == 404, f"GET by id answers {status}"

    def has_members(self, group: Any, *users: Any, **expected: Any) -> dict[str, Any]:
        """The group has exactly these members, and each of them knows."""
        resource = self.holds("/Groups", group, **expected)
        ids = {self.holds("/Users", user)["id"]: user for user in users}
        members = {member["value"] for member in resource.get("members", [])}
        assert members == set(ids), f"members are {members} instead of {set(ids)}"
        for user in users:
            groups = [membership["value"] for membership in self.holds("/Users", user).get("groups", [])]
            assert groups == [resource["id"]], f"groups of {user.user_name} are {groups}"
        return resource


def register(server: Server) -> None:
    """Make the server known to Canaille: a trusted client with our token as its access token."""
    client = models.Client(
        client_id="roster",
        client_name="Roster",
        client_secret=str(uuid.uuid4()),
        client_uri=server.url,
        redirect_uris=[f"{server.url}/callback"],
    )
    Backend.instance.save(client)
    token = models.Token(
        token_id=str(uuid.uuid4()),
        access_token=server.token,
        refresh_token=str(uuid.uuid4()),
        client=client,
        audience=[client],
        subject=None,
        scope=["openid", "profile"],
        issue_date=datetime.datetime.now(datetime.timezone.utc),
        lifetime=3600,
    )
    Backend.instance.save(token)


def person(name: str, **attributes: Any) -> Any:
    """A user of Canaille with what it insists on. Names are new in every run."""
    given = {
        "user_name": f"{name}-{uuid.uuid4().hex[:8]}",
        "given_name": name.title(),
        "family_name": "Doe",
        "formatted_name": f"{name.title()} Doe",
        "display_name": name.title(),
        "emails": [f"{name}@example.com"],
        "password": "correct horse battery staple",
    }
    return models.User(**{**given, **attributes})


def users(judge: Judge) -> tuple[Any, Any, Any]:
    """Create, change, lock and rename users."""
    backend = Backend.instance
    ann = person(
        "ann",
        emails=["ann@example.com", "a.doe@example.com"],
        phone_numbers=["+33 1 23 45 67 89"],
        title="Engineer",
        preferred_language="fr",
        profile_url="https://example.com/ann",
        street="1 rue de la Paix",
        postal_code="75002",
        locality="Paris",
        region="Île-de-France",
        employee_number="0042",
        organization="Example",
        department="Research",
    )
    with judge.step("create a user"):
        backend.save(ann)
        judge.holds(
            "/Users",
            ann,
            userName=ann.user_name,
            name={"formatted": "Ann Doe", "familyName": "Doe", "givenName": "Ann"},
            displayName="Ann",
            title="Engineer",
            preferredLanguage="fr",
            profileUrl="https://example.com/ann",
            active=True,
            password=None,
            emails=[{"value": "ann@example.com"}, {"value": "a.doe@example.com"}],
            phoneNumbers=[{"value": "+33 1 23 45 67 89"}],
            addresses=[
                {
                    "streetAddress": "1 rue de la Paix",
                    "locality": "Paris",
                    "region": "Île-de-France",
                    "postalCode": "75002",
                }
            ],
            **{ENTERPRISE: {"employeeNumber": "0042", "organization": "Example", "department": "Research"}},
        )
    bob, eve = person("bob"), person("eve")
    with judge.step("create two more users"):
        backend.save(bob)
        backend.save(eve)
        judge.holds("/Users", bob, userName=bob.user_name)
        judge.holds("/Users", eve, userName=eve.user_name)
    with judge.step("change, add and take away attributes of a user"):
        before = judge.holds("/Users", ann)
        ann.title, ann.emails, ann.phone_numbers, ann.department = "Director", ["dr.doe@example.com"], [], None
        bob.title = "Engineer"
        backend.save(ann)
        backend.save(bob)
        judge.holds(
            "/Users",
            ann,
            id=before["id"],
            title="Director",
            emails=[{"value": "dr.doe@example.com"}],
            phoneNumbers=None,
            **{ENTERPRISE: {"employeeNumber": "0042", "organization": "Example"}},
        )
        judge.holds("/Users", bob, title="Engineer")
    with judge.step("rename a user"):
        before = judge.holds("/Users", bob)
        bob.user_name = f"robert-{uuid.uuid4().hex[:8]}"
        backend.save(bob)
        judge.holds("/Users", bob, id=before["id"], userName=bob.user_name)
    with judge.step("lock a user"):
        bob.lock_date = datetime.datetime.now(datetime.timezone.utc)
        backend.save(bob)
        judge.holds("/Users", bob, active=False)
    with judge.step("unlock a user"):
        bob.lock_date = None
        backend.save(bob)
        judge.holds("/Users", bob, active=True)
    return ann, bob, eve


def groups(judge: Judge, ann: Any, bob: Any, eve: Any) -> None:
    """Create a group, change its name and members, and delete it. Canaille pushes groups with members only."""
    backend = Backend.instance
    group = models.Group(display_name=f"staff-{uuid.uuid4().hex[:8]}", members=[ann])
    with judge.step("create a group"):
        backend.save(group)
        judge.has_members(group, ann, displayName=group.display_name)
    with judge.step("add members to a group"):
        group.members = [ann, bob, eve]
        backend.save(group)
        judge.has_members(group, ann, bob, eve)
    with judge.step("rename a group"):
        before = judge.holds("/Groups", group)
        group.display_name = f"crew-{uuid.uuid4().hex[:8]}"
        backend.save(group)
        judge.has_members(group, ann, bob, eve, id=before["id"], displayName=group.display_name)
    with judge.step("remove a member from a group"):
        group.members = [ann, eve]
        backend.save(group)
        judge.has_members(group, ann, eve)
        judge.holds("/Users", bob, groups=None)
    with judge.step("delete a user who is a member"):
        identifier = judge.holds("/Users", eve)["id"]
        backend.reload(eve)
        backend.delete(eve)
        judge.lacks("/Users", eve, identifier)
        backend.reload(group)
        judge.has_members(group, ann)
    with judge.step("delete a group"):
        identifier = judge.holds("/Groups", group)["id"]
        backend.delete(group)
        judge.lacks("/Groups", group, identifier)
        judge.holds("/Users", ann, groups=None)


def departures(judge: Judge, *leaving: Any) -> None:
    """Delete users."""
    with judge.step("delete users"):
        for user in leaving:
            identifier = judge.holds("/Users", user)["id"]
            Backend.instance.reload(user)
            Backend.instance.delete(user)
            judge.lacks("/Users", user, identifier)


def main() -> None:
    """Play the scenario."""
    server = arguments("Judge a server with Canaille.")
    app = create_app(CONFIGURATION)
    log = Log()
    app.logger.setLevel(logging.INFO)
    app.logger.addHandler(log)
    judge = Judge(server, log)
    with app.app_context(), app.backend.session():
        register(server)
        # Canaille keeps to itself why it takes a server for one without SCIM, so ask its client first.
        with judge.step("discover the server"):
            SyncSCIMClient(judge.http).discover()
        everyone = users(judge)
        groups(judge, *everyone)
        departures(judge, *everyone[:2])
    conclude("canaille", judge.checks)


if __name__ == "__main__":
    main()
