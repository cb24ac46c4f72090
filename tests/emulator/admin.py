"""The endpoints under /_emulator, by which a test in another process sets the scene and looks on.

GET  /_emulator/health             -> {"status": "ok", "now_s": 1.0}
GET  /_emulator/log                -> {"entries": [...]}, see `Journal`
GET  /_emulator/resources          -> {"resources": [...]}, see `PersonalizeBackend.resources`
PUT  /_emulator/plans              {"GLOB": {plan}, ...}, see `plan_from_json`
PUT  /_emulator/oddities           {"echo_defaults": false, ...}, see `Oddities`
PUT  /_emulator/quotas             {"jobs_in_progress": 1, ...}, see `Quotas`
POST /_emulator/solutions          {"arn": ..., "recipe": ..., "dataset_group": ..., "status": ...}
POST /_emulator/solution-versions  {"arn": ..., "recipe": ..., "dataset_group": ..., "status": ...}
POST /_emulator/dataset-groups     {"arn": ..., "domain": ..., "status": ...}
POST /_emulator/filters            {"arn": ..., "placeholders": [...]}
POST /_emulator/reset
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from emulator.plans import plan_from_json

if TYPE_CHECKING:
    from emulator.backend import PersonalizeBackend

PREFIX = "/_emulator/"


class Admin:
    """Answers the admin endpoints of one backend."""

    def __init__(self, backend: PersonalizeBackend) -> None:
        self._backend = backend
        self._actions: Mapping[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
            ("GET", "health"): lambda _: {"status": "ok", "now_s": backend.look()},
            ("GET", "log"): lambda _: {"entries": backend.log()},
            ("GET", "resources"): lambda _: {"resources": backend.resources()},
            ("PUT", "plans"): self._plans,
            ("PUT", "oddities"): _done(backend.set_oddities),
            ("PUT", "quotas"): _done(backend.set_quotas),
            ("POST", "solutions"): _done(backend.add_solution),
            ("POST", "solution-versions"): _done(backend.add_solution_version),
            ("POST", "dataset-groups"): _done(backend.add_dataset_group),
            ("POST", "filters"): _done(backend.add_filter),
            ("POST", "reset"): _done(backend.reset),
        }

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """The HTTP status and the JSON document of an admin request."""
        action = self._actions.get((method, path.removeprefix(PREFIX)))
        if action is None:
            known = [f"{method} {PREFIX}{name}" for method, name in self._actions]
            return 404, {"error": f"{method} {path} is unknown; known are {', '.join(known)}"}
        try:
            document = json.loads(body or b"{}")
            if not isinstance(document, dict):
                return 400, {"error": "the body has to be a JSON object"}
            return 200, action(document)
        except (ValueError, TypeError) as error:
            return 400, {"error": str(error)}

    def _plans(self, document: dict[str, Any]) -> dict[str, Any]:
        plans = {glob: plan_from_json(plan) for glob, plan in document.items()}
        for glob, plan in plans.items():
            self._backend.plan(glob, plan)
        return {}


def _done(action: Callable[..., None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An action on the document's fields that answers nothing."""

    def act(document: dict[str, Any]) -> dict[str, Any]:
        action(**document)
        return {}

    return act
