"""What may be seen of a resource, and the situation and step that it leads to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from handler.given import (
    CAMPAIGN,
    DATASET_GROUP,
    JOB,
    OTHER_VERSION,
    RECOMMENDER,
    SIGNED_AT_S,
    TRAINING,
    VERSION,
    request,
)
from personalize_provider import names
from personalize_provider.lifecycle import (
    CALLS_ACT_WITHIN_S,
    CLOCK_SKEW_S,
    VISIBLE_AFTER_S,
    Situation,
    Step,
    View,
)
from personalize_provider.memo import Memo
from personalize_provider.ownership import Origin, Owner
from personalize_provider.personalize import Found, LatestUpdate

NOW_S = SIGNED_AT_S + 300


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is seen of a resource; times in seconds since the request was signed.

    Attributes:
        status: Its status, or None where there is none.
        owned: "request" (made by this one), "earlier" (by another of the resource), "foreign" or
            "unmarked".
        runs: What is described besides what was asked for.
        update: Status of the latest update, or None.
        update_asks: What that update asked for besides what this request asks for.
        update_at_s: When it was made.
        memo: What earlier ticks noted.
        other_properties: Whether it was created with other properties.
        by_id: Whether the request carries its ARN as the physical id.
        position: 1 for the resource's own request, 2 and more for a wait segment's.
        waits: Whether the end is waited for.
        waited: Whether, on an Update, it was waited for before.
        seen: The status that the link before has seen last.
        rests: Whether the resource is to be stopped.
        adopts: Whether what has its name already is to be adopted.
        adopted: Whether it was there before its owner.
        made_at_s: When it was made.
        named: Whether the template gives it a name.
    """

    kind: str = CAMPAIGN
    type: str = "Create"
    status: str | None = "ACTIVE"
    owned: str = "request"
    runs: dict[str, Any] = field(default_factory=dict)
    update: str | None = None
    update_asks: dict[str, Any] = field(default_factory=dict)
    update_at_s: float = 100
    update_changed_at_s: float = 200
    memo: dict[str, float] = field(default_factory=dict)
    other_properties: bool = False
    by_id: bool = True
    position: int = 1
    waits: bool = True
    waited: bool = False
    seen: str = ""
    rests: bool = False
    adopts: bool = False
    adopted: bool = False
    made_at_s: float = 0
    named: bool = False

    def view(self) -> View:
        """What a tick would see."""
        made = request(self.type, kind=self.kind)
        if self.named:
            name = {made.spec.name_property: "live"}
            made = replace(made, properties={**made.properties, **name})
        target = names.arn(made, names.resource_name(made))
        if made.spec.arn_from_service:
            target = "" if self.status is None else VERSION
        if self.type == "Update" and self.by_id:
            made = replace(made, physical_id=target)
        made = replace(made, position=self.position, seen=self.seen)
        if not self.waits:
            properties = {**made.properties, "WaitForCompletion": "false"}
            made = replace(made, properties=properties)
        if not self.waited:
            made = replace(made, old_properties={"WaitForCompletion": "false"})
        if self.rests:
            made = replace(made, properties={**made.properties, "Active": "false"})
        if self.adopts:
            made = replace(made, properties={**made.properties, "AdoptExisting": "true"})
        desired = made.spec.desired(made.properties)
        fingerprint = made.spec.fingerprint(made.properties)
        return View(
            request=made,
            desired=desired,
            fingerprint=fingerprint,
            target_arn=target,
            found=self._found(target, desired),
            owner=self._owner(made.stack_id, made.logical_id, made.request_id, fingerprint),
            memo=Memo(**{key: SIGNED_AT_S + at_s for key, at_s in self.memo.items()}),  # type: ignore[arg-type]
            now_s=NOW_S,
        )

    def _found(self, arn: str, desired: dict[str, Any]) -> Found | None:
        if self.status is None:
            return None
        update = self.update and LatestUpdate(
            status=self.update,
            failure_reason="",
            created_at_s=SIGNED_AT_S + self.update_at_s,
            changed_at_s=SIGNED_AT_S + self.update_changed_at_s,
            description={**desired, **self.update_asks},
        )
        return Found(
            arn=arn,
            status=self.status,
            failure_reason="",
            created_at_s=SIGNED_AT_S + self.made_at_s,
            description={**desired, **self.runs},
            update=update or None,
        )

    def _owner(
        self, stack_id: str, logical_id: str, request_id: str, fingerprint: str
    ) -> Owner | None:
        if self.status is None or self.owned == "unmarked":
            return None
        return Owner(
            stack_id="another stack" if self.owned == "foreign" else stack_id,
            logical_id=logical_id,
            request_id=request_id if self.owned == "request" else "another request",
            fingerprint="other" if self.other_properties else fingerprint,
            origin=Origin.FOUND if self.adopted else Origin.MADE,
        )


ELSE: dict[str, Any] = {"solutionVersionArn": OTHER_VERSION}
EARLIER_FAILED: dict[str, Any] = {"owned": "earlier", "status": "CREATE FAILED"}

CONVERGING: list[tuple[Case, Situation, Step]] = [
    # --- campaigns: nothing there
    (Case(status=None), Situation.ABSENT, Step.CREATE),
    (Case(status=None, type="Update"), Situation.ABSENT, Step.CREATE),
    (Case(status=None, memo={"created_at_s": 295}), Situation.UNSEEN, Step.LOOK),
    (Case(status=None, memo={"taken_at_s": 299}), Situation.UNSEEN, Step.LOOK),
    (
        Case(status=None, memo={"taken_at_s": 300 - VISIBLE_AFTER_S}),
        Situation.ABSENT,
        Step.CREATE,
    ),
    (
        Case(status=None, memo={"created_at_s": 300 - VISIBLE_AFTER_S}),
        Situation.ABSENT,
        Step.CREATE,
    ),
    (Case(status=None, memo={"unanswered_at_s": 299}), Situation.UNSEEN, Step.LOOK),
    (
        Case(status=None, memo={"unanswered_at_s": 300 - CALLS_ACT_WITHIN_S}),
        Situation.ABSENT,
        Step.CREATE,
    ),
    # --- campaigns of someone else
    (Case(owned="unmarked", made_at_s=300 - 59), Situation.YOUNG, Step.LOOK),
    (Case(owned="unmarked", made_at_s=300 - 59, adopts=True), Situation.YOUNG, Step.LOOK),
    (Case(owned="unmarked", made_at_s=300 - VISIBLE_AFTER_S), Situation.FOREIGN, Step.FAIL),
    (Case(owned="foreign", made_at_s=300 - 1), Situation.FOREIGN, Step.FAIL),
    (Case(made_at_s=300 - 1), Situation.AS_ASKED, Step.SUCCEED),
    (Case(owned="foreign"), Situation.FOREIGN, Step.FAIL),
    (Case(owned="unmarked"), Situation.FOREIGN, Step.FAIL),
    (Case(owned="foreign", status="CREATE FAILED"), Situation.FOREIGN, Step.FAIL),
    (Case(owned="foreign", type="Update", by_id=False), Situation.FOREIGN, Step.FAIL),
    (Case(owned="unmarked", type="Update"), Situation.AS_ASKED, Step.SUCCEED),
    (Case(owned="unmarked", type="Update", runs=ELSE), Situation.FOREIGN, Step.FAIL),
    (
        # ... it may be as asked for once that update has ended
        Case(owned="unmarked", type="Update", update="CREATE PENDING"),
        Situation.UPDATING,
        Step.LOOK,
    ),
    (
        Case(owned="unmarked", type="Update", status="CREATE IN_PROGRESS"),
        Situation.FOREIGN,
        Step.FAIL,
    ),
    # ... who hands them over
    (Case(adopts=True, owned="foreign"), Situation.ADOPTABLE, Step.ADOPT),
    (Case(adopts=True, owned="unmarked"), Situation.ADOPTABLE, Step.ADOPT),
    (Case(adopts=True, owned="unmarked", runs=ELSE), Situation.ADOPTABLE, Step.ADOPT),
    (Case(adopts=True, owned="unmarked", type="Update"), Situation.ADOPTABLE, Step.ADOPT),
    (Case(adopts=True, owned="unmarked", update="ACTIVE"), Situation.ADOPTABLE, Step.ADOPT),
    (
        Case(adopts=True, owned="foreign", update="CREATE PENDING"),
        Situation.UPDATING,
        Step.LOOK,
    ),
    (Case(adopts=True, owned="foreign", status="CREATE PENDING"), Situation.WORKING, Step.LOOK),
    (Case(adopts=True, owned="foreign", status="HIBERNATING"), Situation.WORKING, Step.LOOK),
    (Case(adopts=True, owned="foreign", status="DELETE PENDING"), Situation.LEAVING, Step.LOOK),
    (Case(adopts=True, owned="foreign", status="CREATE FAILED"), Situation.FOREIGN, Step.FAIL),
    # ... what was adopted is changed, but never made anew
    (Case(adopts=True, adopted=True), Situation.AS_ASKED, Step.SUCCEED),
    (Case(adopts=True, adopted=True, runs=ELSE), Situation.DIFFERENT, Step.UPDATE),
    (Case(position=2, adopts=True, adopted=True, runs=ELSE), Situation.DIFFERENT, Step.UPDATE),
    (
        Case(adopts=True, adopted=True, owned="earlier", status="DELETE FAILED"),
        Situation.FAILED_BEFORE,
        Step.FAIL,
    ),
    # --- campaigns on their way
    (Case(status="CREATE PENDING"), Situation.WORKING, Step.LOOK),
    (Case(status="CREATE_IN_PROGRESS"), Situation.WORKING, Step.LOOK),
    (Case(status="CREATE PENDING", owned="earlier"), Situation.WORKING, Step.LOOK),
    (Case(status="HIBERNATING"), Situation.WORKING, Step.LOOK),
    (Case(status="UPDATE IN_PROGRESS", type="Update"), Situation.WORKING, Step.LOOK),
    (Case(status="DELETE PENDING"), Situation.LEAVING, Step.LOOK),
    (Case(status="DELETE IN_PROGRESS", owned="earlier"), Situation.LEAVING, Step.LOOK),
    # --- campaigns that failed
    (Case(status="CREATE FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (Case(status="CREATE_FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (Case(status="CREATE FAILED", owned="earlier"), Situation.FAILED_BEFORE, Step.DELETE),
    # what has failed is its update, and it goes on to serve
    (
        Case(type="Update", status="UPDATE FAILED", owned="earlier", runs=ELSE),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        Case(type="Update", status="UPDATE_FAILED", owned="earlier"),
        Situation.AS_ASKED,
        Step.SUCCEED,
    ),
    (
        Case(adopts=True, status="UPDATE FAILED", owned="foreign"),
        Situation.ADOPTABLE,
        Step.ADOPT,
    ),
    (
        Case(status="CREATE FAILED", owned="earlier", type="Update"),
        Situation.FAILED_BEFORE,
        Step.DELETE,
    ),
    # --- campaigns that are active
    (Case(), Situation.AS_ASKED, Step.SUCCEED),
    (Case(owned="earlier"), Situation.AS_ASKED, Step.SUCCEED),
    (Case(owned="earlier", other_properties=True), Situation.AS_ASKED, Step.SUCCEED),
    (Case(runs={"minProvisionedTPS": 1}), Situation.AS_ASKED, Step.SUCCEED),
    # However the service describes what this Create has made: nothing else was asked of it
    (Case(runs=ELSE), Situation.AS_ASKED, Step.SUCCEED),
    (Case(runs=ELSE, owned="earlier"), Situation.DIFFERENT, Step.UPDATE),
    (Case(runs=ELSE, type="Update"), Situation.DIFFERENT, Step.UPDATE),
    # --- their updates
    (Case(type="Update", update="CREATE PENDING"), Situation.UPDATING, Step.LOOK),
    (Case(type="Update", update="CREATE IN_PROGRESS"), Situation.UPDATING, Step.LOOK),
    (Case(type="Update", update="SOMETHING NEW"), Situation.UPDATING, Step.LOOK),
    (
        Case(type="Update", runs=ELSE, update="CREATE PENDING", update_at_s=-900),
        Situation.UPDATING,
        Step.LOOK,
    ),
    (Case(type="Update", update="ACTIVE"), Situation.AS_ASKED, Step.SUCCEED),
    (
        Case(type="Update", runs=ELSE, update="CREATE FAILED"),
        Situation.UPDATE_FAILED,
        Step.FAIL,
    ),
    (
        # ... by this request, even where the tick that made it left no note
        Case(type="Update", runs=ELSE, update="CREATE FAILED", update_at_s=-CLOCK_SKEW_S),
        Situation.UPDATE_FAILED,
        Step.FAIL,
    ),
    (
        # ... by an earlier request
        Case(type="Update", runs=ELSE, update="CREATE FAILED", update_at_s=-CLOCK_SKEW_S - 1),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        # ... by an earlier request that asked for something else, whatever the clocks say
        Case(
            type="Update", runs=ELSE, update="CREATE FAILED", update_asks={"minProvisionedTPS": 9}
        ),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        # the rollback of a failed update finds what it asks for
        Case(type="Update", update="CREATE FAILED", update_asks=ELSE),
        Situation.AS_ASKED,
        Step.SUCCEED,
    ),
    (
        Case(type="Update", runs=ELSE, update="ACTIVE"),
        Situation.NOT_TAKEN,
        Step.FAIL,
    ),
    # it was not told what a describe that lagged hid, and is told once more
    (
        Case(type="Update", runs={"minProvisionedTPS": 3}, update="ACTIVE"),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        Case(type="Update", runs={"minProvisionedTPS": 3}, update="ACTIVE", memo={"amended": 0}),
        Situation.NOT_TAKEN,
        Step.FAIL,
    ),
    (
        Case(
            type="Update",
            runs={"minProvisionedTPS": 3},
            update="ACTIVE",
            update_asks={"minProvisionedTPS": 1},
        ),
        Situation.NOT_TAKEN,
        Step.FAIL,
    ),
    # the call of a tick that crashed, while the one noted does not show yet
    (
        Case(type="Update", update="ACTIVE", update_at_s=247, memo={"updated_at_s": 250}),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        Case(type="Update", update="ACTIVE", update_at_s=250, memo={"updated_at_s": 250}),
        Situation.AS_ASKED,
        Step.SUCCEED,
    ),
    (
        Case(
            type="Update",
            update="ACTIVE",
            update_at_s=237,
            memo={"updated_at_s": 300 - VISIBLE_AFTER_S},
        ),
        Situation.AS_ASKED,
        Step.SUCCEED,
    ),
    (
        # ... a moment ago: what it has changed may show after it
        Case(type="Update", runs=ELSE, update="ACTIVE", update_changed_at_s=241),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        # ... and a failure is one at once
        Case(type="Update", runs=ELSE, update="CREATE FAILED", update_changed_at_s=299),
        Situation.UPDATE_FAILED,
        Step.FAIL,
    ),
    (
        Case(
            type="Update",
            runs=ELSE,
            update="ACTIVE",
            update_asks={"minProvisionedTPS": 9},
            memo={"updated_at_s": 99},
        ),
        Situation.NOT_TAKEN,
        Step.FAIL,
    ),
    (
        Case(type="Update", runs=ELSE, memo={"updated_at_s": 299}),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        # ... or may yet take effect, for the call got no answer
        Case(type="Update", runs=ELSE, memo={"unanswered_at_s": 299}),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        Case(type="Update", runs=ELSE, memo={"unanswered_at_s": 300 - CALLS_ACT_WITHIN_S}),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        # The configuration shows before the update that brought it
        Case(type="Update", update="CREATE FAILED", memo={"updated_at_s": 299}),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        Case(type="Update", memo={"updated_at_s": 300 - VISIBLE_AFTER_S}),
        Situation.AS_ASKED,
        Step.SUCCEED,
    ),
    (
        Case(
            type="Update",
            runs=ELSE,
            update="ACTIVE",
            update_at_s=-9000,
            memo={"updated_at_s": 299},
        ),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        # The describe lags: it shows a failure that came before this request's latest call
        Case(
            type="Update",
            runs=ELSE,
            update="CREATE FAILED",
            update_at_s=100,
            memo={"updated_at_s": 299},
        ),
        Situation.UPDATE_UNSEEN,
        Step.LOOK,
    ),
    (
        Case(type="Update", runs=ELSE, memo={"updated_at_s": 300 - VISIBLE_AFTER_S}),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    # --- a wait segment goes on with what another request began
    (Case(position=2, status=None), Situation.ABSENT, Step.CREATE),
    (Case(position=2, owned="earlier", status="CREATE FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (
        Case(position=3, owned="earlier", status="CREATE FAILED", type="Update"),
        Situation.FAILED_NOW,
        Step.FAIL,
    ),
    (Case(position=2, owned="earlier", runs=ELSE), Situation.AS_ASKED, Step.SUCCEED),
    (
        Case(position=2, owned="earlier", runs=ELSE, other_properties=True),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        # ... an update too, whenever it was made
        Case(position=2, owned="earlier", runs=ELSE, update="CREATE FAILED", update_at_s=-9000),
        Situation.UPDATE_FAILED,
        Step.FAIL,
    ),
    (
        # ... but not the one before, which asked for something else
        Case(
            position=2,
            owned="earlier",
            runs=ELSE,
            update="CREATE FAILED",
            update_asks={"minProvisionedTPS": 9},
        ),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    (
        Case(position=2, kind=JOB, owned="earlier", status="CREATE FAILED"),
        Situation.FAILED_NOW,
        Step.FAIL,
    ),
    # --- jobs: they can neither be changed nor deleted
    (Case(kind=JOB, status=None), Situation.ABSENT, Step.CREATE),
    (Case(kind=JOB, status=None, type="Update"), Situation.ABSENT, Step.CREATE),
    (Case(kind=JOB, status=None, memo={"created_at_s": 299}), Situation.UNSEEN, Step.LOOK),
    (Case(kind=JOB, owned="unmarked", made_at_s=300 - 1), Situation.YOUNG, Step.LOOK),
    (Case(kind=JOB, owned="foreign"), Situation.FOREIGN, Step.FAIL),
    (Case(kind=JOB, owned="unmarked"), Situation.FOREIGN, Step.FAIL),
    (Case(kind=JOB, owned="unmarked", type="Update"), Situation.FOREIGN, Step.FAIL),
    (Case(kind=JOB, adopts=True, owned="unmarked"), Situation.FOREIGN, Step.FAIL),
    (Case(kind=JOB, status="PENDING"), Situation.WORKING, Step.LOOK),
    (Case(kind=JOB, status="IN PROGRESS"), Situation.WORKING, Step.LOOK),
    (Case(kind=JOB, status="CREATE IN_PROGRESS"), Situation.WORKING, Step.LOOK),
    (Case(kind=JOB, status="DELETE PENDING"), Situation.LEAVING, Step.LOOK),
    # ... whose end nobody waits for
    (Case(kind=JOB, waits=False, status="PENDING"), Situation.WORKING, Step.LOOK),
    (Case(kind=JOB, waits=False, status="HIBERNATING"), Situation.WORKING, Step.LOOK),
    (Case(kind=JOB, waits=False, status="IN PROGRESS"), Situation.RUNNING, Step.SUCCEED),
    (Case(kind=JOB, waits=False, status="CREATE IN_PROGRESS"), Situation.RUNNING, Step.SUCCEED),
    (
        Case(kind=JOB, waits=False, status="IN PROGRESS", owned="earlier", type="Update"),
        Situation.RUNNING,
        Step.SUCCEED,
    ),
    (
        Case(kind=JOB, waits=False, status="IN PROGRESS", other_properties=True),
        Situation.DIFFERENT,
        Step.FAIL,
    ),
    (Case(kind=JOB, waits=False, status="DELETE PENDING"), Situation.LEAVING, Step.LOOK),
    (Case(kind=JOB, waits=False), Situation.AS_ASKED, Step.SUCCEED),
    (Case(kind=JOB, waits=False, status="CREATE FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (Case(kind=JOB, waits=False, **EARLIER_FAILED), Situation.FAILED_BEFORE, Step.FAIL),
    # ... and has come since it was answered for: by the request before, or the link before
    (
        Case(kind=JOB, waits=False, type="Update", **EARLIER_FAILED),
        Situation.FAILED_SINCE,
        Step.SUCCEED,
    ),
    (Case(kind=JOB, type="Update", **EARLIER_FAILED), Situation.FAILED_BEFORE, Step.FAIL),
    (
        Case(kind=JOB, waits=False, waited=True, type="Update", **EARLIER_FAILED),
        Situation.FAILED_BEFORE,
        Step.FAIL,
    ),
    (
        Case(kind=JOB, waits=False, type="Update", by_id=False, **EARLIER_FAILED),
        Situation.FAILED_BEFORE,
        Step.FAIL,
    ),
    (
        Case(kind=JOB, waits=False, type="Update", status="CREATE FAILED"),
        Situation.FAILED_NOW,
        Step.FAIL,
    ),
    (
        Case(kind=JOB, waits=False, other_properties=True, type="Update", **EARLIER_FAILED),
        Situation.DIFFERENT,
        Step.FAIL,
    ),
    *(
        (
            Case(kind=JOB, waits=False, position=2, seen=seen, **EARLIER_FAILED),
            Situation.FAILED_SINCE,
            Step.SUCCEED,
        )
        for seen in ("IN PROGRESS", "CREATE IN_PROGRESS", "CREATE FAILED", "FAILED")
    ),
    *(
        (
            Case(kind=JOB, waits=False, position=2, seen=seen, type=event, **EARLIER_FAILED),
            Situation.FAILED_NOW,
            Step.FAIL,
        )
        for seen in ("", "absent", "PENDING", "CREATE PENDING")
        for event in ("Create", "Update")
    ),
    (
        Case(kind=JOB, position=2, seen="IN PROGRESS", **EARLIER_FAILED),
        Situation.FAILED_NOW,
        Step.FAIL,
    ),
    (Case(kind=JOB, status="CREATE FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (Case(kind=JOB, status="FAILED"), Situation.FAILED_NOW, Step.FAIL),
    (
        Case(kind=JOB, status="CREATE FAILED", owned="earlier"),
        Situation.FAILED_BEFORE,
        Step.FAIL,
    ),
    (Case(kind=JOB), Situation.AS_ASKED, Step.SUCCEED),
    (Case(kind=JOB, owned="earlier", type="Update"), Situation.AS_ASKED, Step.SUCCEED),
    # what runs is judged by the properties it was made with, not by its description
    (Case(kind=JOB, runs={"numResults": 25}), Situation.AS_ASKED, Step.SUCCEED),
    (Case(kind=JOB, other_properties=True), Situation.DIFFERENT, Step.FAIL),
    (
        Case(kind=JOB, other_properties=True, status="CREATE FAILED", type="Update"),
        Situation.DIFFERENT,
        Step.FAIL,
    ),
    (
        Case(kind=JOB, other_properties=True, status="IN PROGRESS"),
        Situation.DIFFERENT,
        Step.FAIL,
    ),
    # --- solution versions: their ARN is not known before the call; they can only be stopped
    (Case(kind=TRAINING, status=None), Situation.ABSENT, Step.CREATE),
    (Case(kind=TRAINING, status=None, memo={"taken_at_s": 299}), Situation.UNSEEN, Step.LOOK),
    (
        Case(kind=TRAINING, status=None, memo={"taken_at_s": 300 - VISIBLE_AFTER_S}),
        Situation.TAKEN,
        Step.FAIL,
    ),
    (Case(kind=TRAINING, status="CREATE IN_PROGRESS"), Situation.WORKING, Step.LOOK),
    (Case(kind=TRAINING, status="CREATE STOPPING"), Situation.LEAVING, Step.LOOK),
    (Case(kind=TRAINING, status="CREATE STOPPED"), Situation.FAILED_NOW, Step.FAIL),
    (
        Case(kind=TRAINING, status="CREATE STOPPED", owned="earlier"),
        Situation.FAILED_BEFORE,
        Step.FAIL,
    ),
    (Case(kind=TRAINING), Situation.AS_ASKED, Step.SUCCEED),
    # --- recommenders: someone may have stopped them
    (Case(kind=RECOMMENDER), Situation.AS_ASKED, Step.SUCCEED),
    (Case(kind=RECOMMENDER, status="INACTIVE"), Situation.STOPPED, Step.START),
    (Case(kind=RECOMMENDER, status="INACTIVE", owned="foreign"), Situation.FOREIGN, Step.FAIL),
    (Case(kind=RECOMMENDER, status="STOP PENDING"), Situation.LEAVING, Step.LOOK),
    (
        Case(kind=RECOMMENDER, adopts=True, status="INACTIVE", owned="foreign"),
        Situation.ADOPTABLE,
        Step.ADOPT,
    ),
    (
        Case(
            kind=RECOMMENDER,
            adopts=True,
            owned="foreign",
            runs={"datasetGroupArn": f"{DATASET_GROUP}2"},
        ),
        Situation.FIXED,
        Step.FAIL,
    ),
    # ... or the template asks for it
    (Case(kind=RECOMMENDER, rests=True), Situation.TO_REST, Step.STOP),
    (Case(kind=RECOMMENDER, rests=True, status="INACTIVE"), Situation.RESTING, Step.SUCCEED),
    (Case(kind=RECOMMENDER, rests=True, status="STOP PENDING"), Situation.LEAVING, Step.LOOK),
    # somebody has removed the tags
    *(
        (Case(kind=RECOMMENDER, type="Update", owned="unmarked", **seen), situation, step)
        for seen, situation, step in (
            ({}, Situation.AS_ASKED, Step.SUCCEED),
            ({"rests": True}, Situation.FOREIGN, Step.FAIL),
            ({"rests": True, "status": "INACTIVE"}, Situation.RESTING, Step.SUCCEED),
            ({"status": "INACTIVE"}, Situation.FOREIGN, Step.FAIL),
        )
    ),
    (
        # ... what is stopped cannot be changed
        Case(
            kind=RECOMMENDER,
            rests=True,
            type="Update",
            status="INACTIVE",
            runs={"recommenderConfig": {"minRecommendationRequestsPerSecond": 3}},
        ),
        Situation.STOPPED,
        Step.START,
    ),
    (
        Case(
            kind=RECOMMENDER,
            rests=True,
            type="Update",
            runs={"recommenderConfig": {"minRecommendationRequestsPerSecond": 3}},
        ),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
    # ... which is nothing that a campaign knows
    (Case(rests=True), Situation.AS_ASKED, Step.SUCCEED),
    (Case(kind=RECOMMENDER, status="START IN_PROGRESS"), Situation.WORKING, Step.LOOK),
    (
        Case(kind=RECOMMENDER, type="Update", runs={"datasetGroupArn": f"{DATASET_GROUP}2"}),
        Situation.FIXED,
        Step.FAIL,
    ),
    (
        Case(
            kind=RECOMMENDER,
            type="Update",
            runs={"recommenderConfig": {"minRecommendationRequestsPerSecond": 3}},
        ),
        Situation.DIFFERENT,
        Step.UPDATE,
    ),
]
