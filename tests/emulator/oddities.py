"""The service's limits, and the answers that no source confirms, as switches.

Source: the service's developer guide and quotas page; fields marked (u) are unconfirmed, so that
whatever is tested here should be tested with either setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """What an account may have at once; the real ones can be raised on request."""

    jobs_in_progress: int = 5
    """Batch inference jobs pending or in progress, per region."""
    segment_jobs_in_progress: int = 5
    """Batch segment jobs pending or in progress, per region."""
    solution_versions_in_training: int = 20
    """(u) Solution versions pending, in progress or stopping, per region."""
    campaigns_per_dataset_group: int = 5
    recommenders_per_dataset_group: int = 5
    """Of any status, for the quotas page does not speak of active ones only."""
    recommenders_per_region: int = 15
    """Of any status; by the guide's page "Domain recommenders", which is silent on the other."""
    tags_per_resource: int = 200
    max_num_results: int = 500
    """(u) Of a batch inference job."""
    max_segment_users: int = 5_000_000
    """The highest numResults of a batch segment job."""


LONGEST_LAG_S = 60.0
"""(u) Age of a resource, in seconds, from which every describe finds it."""


@dataclass(frozen=True, kw_only=True)
class Oddities:
    """Ways in which the service may differ from its reference, or in which the reference is silent.

    The defaults are the likelier behaviour, and where nothing hints at one, the stricter.
    """

    job_pending_status: str = "CREATE PENDING"
    """The reference says PENDING, recorded runs show CREATE PENDING."""
    job_in_progress_status: str = "CREATE IN_PROGRESS"
    """The reference says IN PROGRESS, recorded runs show CREATE IN_PROGRESS."""
    version_pending_status: str = "CREATE PENDING"
    version_in_progress_status: str = "CREATE IN_PROGRESS"
    version_stopping_status: str = "CREATE STOPPING"
    version_stopped_status: str = "CREATE STOPPED"
    """DescribeSolutionVersion's page has spaces, StopSolutionVersionCreation's has underscores."""
    campaign_in_progress_status: str = "CREATE IN_PROGRESS"
    """Of recommenders too."""
    update_in_progress_status: str = "CREATE IN_PROGRESS"
    """Of latestCampaignUpdate and latestRecommenderUpdate. Seen in the wild: UPDATE IN_PROGRESS."""
    campaign_status_while_updating: str | None = None
    """None: the status of campaign or recommender stays as it was, as the reference says."""
    stop_in_progress_status: str = "STOP IN_PROGRESS"
    """The reference says STOP IN_PROGRESS, the guide STOP IN PROGRESS."""
    start_in_progress_status: str = "START IN_PROGRESS"
    """The reference says START IN_PROGRESS, the guide START IN PROGRESS."""
    failed_delete_status: str = "DELETE FAILED"
    """(u) The reference has no word for it; ACTIVE is as possible."""

    echo_defaults: bool = True
    """(u) A describe shows the defaults of what the create left out."""
    omitted_config_on_update: Literal["keeps", "resets"] = "keeps"
    """(u) What an UpdateCampaign without campaignConfig does to the configuration, and what an
    UpdateRecommender does to the members that its recommenderConfig leaves out."""
    unchanged_update_refused: bool = False
    """(u) An update that changes nothing is an InvalidInputException."""
    latest_is_resolved: bool = False
    """(u) A describe shows the version that /$LATEST stands for, rather than /$LATEST."""
    unknown_exploration_keys_refused: bool = True
    """(u)"""

    version_names_are_unique: bool = True
    """(u) A second version of the same name and solution is a ResourceAlreadyExistsException."""
    version_list_lag_s: float = 0.0
    """(u) How old a solution version is, in seconds, when ListSolutionVersions first shows it."""

    tag_list_lag_s: float = 0.0
    """(u) How old a resource is, in seconds, when ListTagsForResource first finds it."""
    switch_in_use: bool = True
    """(u) A stop or a start of a recommender in the wrong status is a ResourceInUseException,
    rather than an InvalidInputException."""
    tag_change_lag_s: float = 0.0
    """(u) How long after a TagResource or an UntagResource ListTagsForResource still shows the
    tags before it."""
    wrong_arns_are_invalid: bool = True
    """(u) A list by an ARN of another kind or place is an InvalidInputException, not a
    ResourceNotFoundException."""
    describes_not_found_after_create: int = 0
    """How many describes of a new resource answer ResourceNotFoundException; none of one that is
    older than LONGEST_LAG_S."""
    describe_lag_s: float = 0.0
    """(u) How old a resource is, in seconds, when a describe first finds it."""
    describes_stale_after_update: int = 0
    """(u) How many describes after an update still show what was before it."""
    update_lag_s: float = 0.0
    """(u) How long after the call of an update, a stop or a start a describe still shows what was
    before it."""
    second_delete_in_use: bool = True
    """A second delete is a ResourceInUseException (seen with campaigns), rather than accepted."""
    validation_error_code: str = "ValidationException"
    """(u) AWS's usual code for a broken constraint; the model only lists InvalidInputException."""
    all_records_malformed_fails: bool = True
    """(u) A job without a single well-formed record ends in CREATE FAILED."""


REFERENCE_JOB_SPELLING = Oddities(
    job_pending_status="PENDING", job_in_progress_status="IN PROGRESS"
)
"""A job's statuses as the API reference spells them."""

UNDERSCORED_VERSION_SPELLING = Oddities(
    version_pending_status="CREATE_PENDING",
    version_in_progress_status="CREATE_IN_PROGRESS",
    version_stopping_status="CREATE_STOPPING",
    version_stopped_status="CREATE_STOPPED",
)
"""A solution version's statuses as the reference of StopSolutionVersionCreation spells them."""
