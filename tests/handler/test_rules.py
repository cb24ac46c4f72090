"""Rules that the service model does not state: across properties, and about their content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.given import (
    CAMPAIGN,
    CAMPAIGN_PROPERTIES,
    DATASET_GROUP,
    FILTER,
    FULL,
    FULL_JOB,
    FUNCTION,
    JOB,
    JOB_PROPERTIES,
    KEY,
    LATEST,
    MACHINERY,
    MINIMAL,
    RECOMMENDER,
    ROLE,
    SEGMENT_JOB,
    SOLUTION,
    TRAINING,
    VERSION,
)
from personalize_provider.resources import SPECS, Fault

CONFIG = {
    CAMPAIGN: "CampaignConfig",
    JOB: "BatchInferenceJobConfig",
    RECOMMENDER: "RecommenderConfig",
}
EXPLORING = pytest.mark.parametrize("kind", CONFIG)
EACH = pytest.mark.parametrize("kind", SPECS)
BOTH = pytest.mark.parametrize("kind", [CAMPAIGN, JOB])


def faults(kind: str, **properties: Any) -> tuple[Fault, ...]:
    return SPECS[kind].faults({**MINIMAL[kind], **properties})


def wrong(kind: str, **properties: Any) -> list[str]:
    return [fault.property for fault in faults(kind, **properties)]


def exploring(kind: str, exploration: Mapping[str, Any]) -> dict[str, Any]:
    return {CONFIG[kind]: {"ItemExplorationConfig": exploration}}


@EACH
@pytest.mark.parametrize("examples", [MINIMAL, FULL], ids=["minimal", "full"])
def test_good_properties_have_no_faults(kind: str, examples: dict[str, dict[str, Any]]) -> None:
    assert SPECS[kind].faults(examples[kind]) == ()


@EXPLORING
@pytest.mark.parametrize(
    "exploration",
    [
        {},
        {"explorationWeight": "0"},
        {"explorationWeight": "0.0"},
        {"explorationWeight": "1"},
        {"explorationWeight": "1.0"},
        {"explorationItemAgeCutOff": "1"},
        {"explorationItemAgeCutOff": "365"},
        {"explorationWeight": "0.35", "explorationItemAgeCutOff": "30"},
    ],
)
def test_exploration_within_its_ranges_is_fine(kind: str, exploration: dict[str, str]) -> None:
    assert faults(kind, **exploring(kind, exploration)) == ()


@BOTH
@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("explorationWeight", "1.01", "be a number from 0 to 1"),
        ("explorationWeight", "-0.01", "be a number from 0 to 1"),
        ("explorationWeight", "30%", "be a number from 0 to 1"),
        ("explorationWeight", "", "be a number from 0 to 1"),
        ("explorationWeight", "nan", "be a number from 0 to 1"),
        ("explorationItemAgeCutOff", "0", "be a number of days of at least 1"),
        ("explorationItemAgeCutOff", "0.5", "be a number of days of at least 1"),
        ("explorationItemAgeCutOff", "30 days", "be a number of days of at least 1"),
        (
            "ExplorationWeight",
            "0.3",
            "be one of the documented keys explorationWeight, explorationItemAgeCutOff",
        ),
    ],
)
def test_exploration_beyond_them_is_refused_where_it_stands(
    kind: str, key: str, value: str, rule: str
) -> None:
    (fault,) = faults(kind, **exploring(kind, {key: value}))
    assert fault.property == f"{CONFIG[kind]}.ItemExplorationConfig.{key}"
    assert (fault.value, fault.rule) == (value, rule)
    assert fault.way_out


@BOTH
def test_exploration_that_is_no_text_is_reported_once(kind: str) -> None:
    assert len(faults(kind, **exploring(kind, {"explorationWeight": {"a": "b"}}))) == 1


@BOTH
@pytest.mark.parametrize(
    ("arn", "way_out"),
    [
        (SOLUTION, "Add the version's id behind a slash"),
        (f"{VERSION}/more", "list-solution-versions"),
        (VERSION.replace(":solution/", ":campaign/"), "list-solution-versions"),
        (f"{SOLUTION}//", "list-solution-versions"),
    ],
)
def test_what_names_no_version_is_refused(kind: str, arn: str, way_out: str) -> None:
    (fault,) = faults(kind, SolutionVersionArn=arn)
    assert (fault.property, fault.value) == ("SolutionVersionArn", arn)
    assert "be the ARN of a solution version" in fault.rule
    assert way_out in fault.way_out


def test_a_bare_solution_arn_is_told_of_latest_where_that_is_possible() -> None:
    (campaign,) = faults(CAMPAIGN, SolutionVersionArn=SOLUTION)
    (job,) = faults(JOB, SolutionVersionArn=SOLUTION)
    assert "/$LATEST with SyncWithLatestSolutionVersion" in campaign.way_out
    assert "$LATEST" not in job.way_out


@pytest.mark.parametrize(
    ("arn", "sync", "refused"),
    [
        (LATEST, "true", []),
        (VERSION, "false", []),
        (VERSION, None, []),
        (LATEST, "false", ["CampaignConfig.SyncWithLatestSolutionVersion"]),
        (LATEST, None, ["CampaignConfig.SyncWithLatestSolutionVersion"]),
        (VERSION, "true", ["SolutionVersionArn"]),
    ],
)
def test_latest_and_synchronization_go_together(
    arn: str, sync: str | None, refused: list[str]
) -> None:
    config = {} if sync is None else {"SyncWithLatestSolutionVersion": sync}
    assert wrong(CAMPAIGN, SolutionVersionArn=arn, CampaignConfig=config) == refused


def test_latest_needs_synchronization_without_any_config_too() -> None:
    assert wrong(CAMPAIGN, SolutionVersionArn=LATEST) == [
        "CampaignConfig.SyncWithLatestSolutionVersion"
    ]


def test_a_job_runs_one_version_and_not_the_latest() -> None:
    (fault,) = faults(JOB, SolutionVersionArn=LATEST)
    assert "name one version" in fault.rule


@pytest.mark.parametrize("tps", ["0", "-1", "1.5", "many"])
def test_throughput_is_a_whole_number_of_at_least_one(tps: str) -> None:
    (fault,) = faults(CAMPAIGN, MinProvisionedTPS=tps)
    assert str(fault) == (
        f"MinProvisionedTPS is {tps!r}: it must be a whole number of at least 1. "
        "Give a whole number of at least 1, or leave it out."
    )


@pytest.mark.parametrize(
    ("influence", "refused"),
    [
        ({"POPULARITY": "0", "FRESHNESS": "1"}, []),
        ({"POPULARITY": "1.1"}, ["RankingInfluence.POPULARITY"]),
        ({"popularity": "0.5"}, ["RankingInfluence (the key)"]),
        ({"PRICE": "2"}, ["RankingInfluence (the key)", "RankingInfluence.PRICE"]),
    ],
)
@BOTH
def test_ranking_influence_has_two_keys_and_shares(
    kind: str, influence: dict[str, str], refused: list[str]
) -> None:
    config = CONFIG[kind]
    found = wrong(kind, **{config: {"RankingInfluence": influence}})
    assert found == [f"{config}.{where}" for where in refused]


@pytest.mark.parametrize("number", ["1", "25", "500"])
def test_a_job_gives_up_to_500_results(number: str) -> None:
    assert faults(JOB, NumResults=number) == ()


@pytest.mark.parametrize("number", ["0", "501", "-1"])
def test_a_job_with_no_or_too_many_results_is_refused(number: str) -> None:
    (fault,) = faults(JOB, NumResults=number)
    assert (fault.property, fault.rule) == ("NumResults", "be a whole number from 1 to 500")


def test_an_output_path_is_a_folder() -> None:
    destination = {"S3DataDestination": {"Path": "s3://data/out"}}
    (fault,) = faults(JOB, JobOutput=destination)
    assert fault.property == "JobOutput.S3DataDestination.Path"
    assert fault.way_out == "Give s3://data/out/ instead."


@pytest.mark.parametrize(
    ("key", "fine"),
    [(KEY, True), (KEY.replace("key/", "alias/"), False), ("0d5c9d3e", False)],
)
def test_a_key_is_named_by_its_arn_and_not_by_an_alias(key: str, fine: bool) -> None:
    found = wrong(JOB, JobInput={"S3DataSource": {"Path": "s3://data/in", "KmsKeyArn": key}})
    assert found == ([] if fine else ["JobInput.S3DataSource.KmsKeyArn"])


THEMES = {"FieldsForThemeGeneration": {"ItemName": "TITLE"}}


@pytest.mark.parametrize(
    ("mode", "themes", "region", "refused"),
    [
        ("THEME_GENERATION", THEMES, "us-east-1", []),
        ("THEME_GENERATION", THEMES, "us-west-2", []),
        ("THEME_GENERATION", THEMES, "ap-northeast-1", []),
        ("BATCH_INFERENCE", None, "eu-west-1", []),
        (None, None, "cn-north-1", []),
        ("THEME_GENERATION", THEMES, "eu-west-1", ["SolutionVersionArn"]),
        ("THEME_GENERATION", None, "us-east-1", ["ThemeGenerationConfig"]),
        ("THEME_GENERATION", None, "eu-west-1", ["ThemeGenerationConfig", "SolutionVersionArn"]),
        ("BATCH_INFERENCE", THEMES, "us-east-1", ["BatchInferenceJobMode"]),
        (None, THEMES, "us-east-1", ["BatchInferenceJobMode"]),
    ],
)
def test_themes_need_mode_configuration_and_region(
    mode: str | None, themes: dict[str, Any] | None, region: str, refused: list[str]
) -> None:
    given = {"BatchInferenceJobMode": mode, "ThemeGenerationConfig": themes}
    partition = "arn:aws-cn:" if region.startswith("cn-") else "arn:aws:"
    found = wrong(
        JOB,
        ServiceToken=FUNCTION.replace("eu-west-1", region),
        SolutionVersionArn=VERSION.replace("eu-west-1", region).replace("arn:aws:", partition),
        RoleArn=ROLE.replace("arn:aws:", partition),
        **{name: value for name, value in given.items() if value is not None},
    )
    assert found == refused


def test_the_provider_tells_the_region_of_themes_where_the_version_does_not() -> None:
    themes = {"BatchInferenceJobMode": "THEME_GENERATION", "ThemeGenerationConfig": THEMES}
    given = {**MINIMAL[JOB], **themes}
    hidden = given["SolutionVersionArn"]
    (fault,) = SPECS[JOB].faults(given, opaque=lambda value: value == hidden)
    assert (fault.property, fault.value) == ("BatchInferenceJobMode", "THEME_GENERATION")
    assert fault.rule.startswith("not be THEME_GENERATION in eu-west-1")


ELSEWHERE = {
    JOB: {"SolutionVersionArn": VERSION, "FilterArn": FILTER},
    SEGMENT_JOB: {"SolutionVersionArn": VERSION, "FilterArn": FILTER},
    CAMPAIGN: {"SolutionVersionArn": VERSION},
    TRAINING: {"SolutionArn": SOLUTION},
    RECOMMENDER: {"DatasetGroupArn": DATASET_GROUP},
}
PARTS = [(kind, name, arn) for kind, arns in ELSEWHERE.items() for name, arn in arns.items()]


@pytest.mark.parametrize(("kind", "name", "arn"), PARTS)
def test_what_a_resource_is_made_from_is_in_the_providers_region(
    kind: str, name: str, arn: str
) -> None:
    there = arn.replace("eu-west-1", "us-west-2")
    (fault,) = faults(kind, **{name: there})
    assert (fault.property, fault.value) == (name, there)
    assert fault.rule == "be in eu-west-1, where the stack is"
    assert "Give one of eu-west-1" in fault.way_out


@pytest.mark.parametrize(("kind", "name", "arn"), PARTS)
def test_what_a_resource_is_made_from_is_of_the_providers_account(
    kind: str, name: str, arn: str
) -> None:
    there = arn.replace("123456789012", "210987654321")
    (fault,) = faults(kind, **{name: there})
    assert (fault.property, fault.value) == (name, there)
    assert fault.rule == "be of account 123456789012, where the stack is"
    assert fault.way_out == (
        "Give one of 123456789012; Amazon Personalize shares nothing between accounts."
    )


@pytest.mark.parametrize("kind", [JOB, SEGMENT_JOB])
def test_a_role_is_of_the_providers_account(kind: str) -> None:
    there = "arn:aws:iam::210987654321:role/reader"
    (fault,) = faults(kind, RoleArn=there)
    assert (fault.property, fault.value) == ("RoleArn", there)
    assert fault.rule == "be of account 123456789012, where the stack is"
    assert fault.way_out == (
        "Give one of 123456789012; no role can be handed over to another account's service."
    )


@pytest.mark.parametrize("account", ["", "ACCOUNT", "12345678901", "1234567890123"])
def test_an_account_that_is_not_told_is_no_reason_to_fail(account: str) -> None:
    assert wrong(CAMPAIGN, ServiceToken=FUNCTION.replace("123456789012", account)) == []
    version = VERSION.replace("123456789012", account)
    assert wrong(CAMPAIGN, SolutionVersionArn=version) == []


def test_a_key_may_be_another_accounts() -> None:
    location = {"Path": "s3://data/in/", "KmsKeyArn": KEY.replace("123456789012", "210987654321")}
    assert wrong(JOB, JobInput={"S3DataSource": location}) == []


@pytest.mark.parametrize(("kind", "name", "arn"), PARTS)
def test_an_arn_without_a_region_is_no_whole_one(kind: str, name: str, arn: str) -> None:
    (fault,) = faults(kind, **{name: arn.replace("eu-west-1", "")})
    assert (fault.property, fault.rule) == (name, "name a region")


def test_without_a_provider_the_version_tells_the_region() -> None:
    given = {**MINIMAL[JOB], "FilterArn": FILTER.replace("eu-west-1", "us-west-2")}
    del given["ServiceToken"]
    (fault,) = SPECS[JOB].faults(given)
    assert (fault.property, fault.rule) == (
        "FilterArn",
        "be in eu-west-1, as SolutionVersionArn is",
    )


@pytest.mark.parametrize(
    ("name", "arn"), [("SolutionVersionArn", VERSION), ("RoleArn", ROLE), ("FilterArn", FILTER)]
)
def test_an_arn_of_another_partition_is_told_the_right_one(name: str, arn: str) -> None:
    (fault,) = faults(JOB, **{name: arn.replace("arn:aws:", "arn:aws-cn:")})
    assert (fault.property, fault.rule) == (
        name,
        "be of the partition of eu-west-1, which is not aws-cn",
    )
    assert arn in fault.way_out


@pytest.mark.parametrize("place", ["JobInput.S3DataSource", "JobOutput.S3DataDestination"])
def test_a_key_is_in_the_region_too(place: str) -> None:
    outer, inner = place.split(".")
    location = {"Path": "s3://data/out/", "KmsKeyArn": KEY.replace("eu-west-1", "us-east-1")}
    (fault,) = faults(JOB, **{outer: {inner: location}})
    assert fault.property == f"{place}.KmsKeyArn"


@pytest.mark.parametrize("token", ["arn", "arn:aws:lambda", ""])
def test_a_provider_that_tells_no_region_is_no_reason_to_fail(token: str) -> None:
    assert wrong(CAMPAIGN, ServiceToken=token) == ([] if token else ["ServiceToken"])


@pytest.mark.parametrize("kind", [JOB, SEGMENT_JOB])
@pytest.mark.parametrize("arn", [VERSION, SOLUTION, f"{FILTER}/more", FILTER.replace("genre", "")])
def test_a_filter_is_named_by_the_arn_of_a_filter(kind: str, arn: str) -> None:
    found = faults(kind, FilterArn=arn)
    assert [fault.property for fault in found] == ["FilterArn"]
    assert "list-filters" in found[0].way_out


@pytest.mark.parametrize(
    ("path", "way_out"),
    [
        ("http://data/in/users.json", "Give s3://data/in/users.json instead."),
        ("s3://data//in/users.json", "Give s3://data/in/users.json instead."),
        ("s3:///in/", "Give s3://in/ instead."),
        ("s3://arn:aws:s3:::data/in/", "Give s3://data/in/ instead."),
        ("s3://my bucket/in/", "Give a path such as s3://bucket/folder/."),
    ],
)
@pytest.mark.parametrize("place", ["JobInput.S3DataSource", "JobOutput.S3DataDestination"])
def test_a_path_is_a_bucket_and_a_key(place: str, path: str, way_out: str) -> None:
    outer, inner = place.split(".")
    found = faults(JOB, **{outer: {inner: {"Path": path.replace("users.json", "users/")}}})
    assert [fault.property for fault in found] == [f"{place}.Path"]
    assert found[0].way_out == way_out.replace("users.json", "users/")


def test_a_mode_that_does_not_exist_is_reported_once() -> None:
    found = wrong(JOB, **{**FULL_JOB, "BatchInferenceJobMode": "THEMES"})
    assert found == ["BatchInferenceJobMode"]


def test_a_synchronization_that_is_neither_on_nor_off_is_reported_once() -> None:
    config = {"SyncWithLatestSolutionVersion": "maybe"}
    assert wrong(CAMPAIGN, SolutionVersionArn=LATEST, CampaignConfig=config) == [
        "CampaignConfig.SyncWithLatestSolutionVersion"
    ]


def test_the_column_of_the_item_names_is_a_column_name() -> None:
    themes = {"FieldsForThemeGeneration": {"ItemName": "1st title"}}
    assert wrong(JOB, **{**FULL_JOB, "ThemeGenerationConfig": themes}) == [
        "ThemeGenerationConfig.FieldsForThemeGeneration.ItemName"
    ]


def test_all_faults_of_all_kinds_come_at_once() -> None:
    found = SPECS[JOB].faults(
        {
            "ServiceToken": "",
            "Timeout": "0",
            "JobName": "-run",
            "SolutionVersionArn": SOLUTION,
            "NumResults": "0",
            "JobOutput": {"S3DataDestination": {"Path": "s3://data/out"}},
            "RolArn": "x",
            "BatchInferenceJobMode": "THEME_GENERATION",
            "Triggers": {"a": {"b": "c"}},
        }
    )
    assert {fault.property for fault in found} == {
        "ServiceToken",
        "Timeout",
        "JobName",
        "SolutionVersionArn",
        "NumResults",
        "JobOutput.S3DataDestination.Path",
        "RolArn",
        "RoleArn",
        "JobInput",
        "ThemeGenerationConfig",
        "Triggers.a",
    } | {"SolutionVersionArn"}
    assert all(fault.rule and fault.way_out for fault in found)


def test_triggers_belong_to_jobs_alone() -> None:
    assert wrong(JOB, Triggers={"data": "v2"}) == []
    assert wrong(CAMPAIGN, Triggers={"data": "v2"}) == ["Triggers"]


@BOTH
@pytest.mark.parametrize(("name", "most"), [("ServiceTimeout", 3600), ("Timeout", 172_800)])
def test_waiting_is_bounded_by_an_hour_at_a_time_and_two_days_in_all(
    kind: str, name: str, most: int
) -> None:
    assert [wrong(kind, **{name: seconds}) for seconds in ("0", str(most + 1), "soon")] == [
        [name]
    ] * 3
    assert [wrong(kind, **{name: seconds}) for seconds in ("1", str(most))] == [[]] * 2


class Token:
    """A value that is not known yet."""


def is_token(value: object) -> bool:
    return isinstance(value, Token)


@BOTH
def test_properties_that_are_not_known_yet_have_no_faults(kind: str) -> None:
    spec = SPECS[kind]
    tokens = {name: Token() for name in FULL[kind]}
    assert spec.faults(tokens, opaque=is_token) == ()


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (CAMPAIGN, ("SolutionVersionArn",)),
        (CAMPAIGN, ("CampaignConfig", "ItemExplorationConfig")),
        (CAMPAIGN, ("CampaignConfig", "ItemExplorationConfig", "explorationWeight")),
        (CAMPAIGN, ("CampaignConfig", "SyncWithLatestSolutionVersion")),
        (JOB, ("JobOutput", "S3DataDestination")),
        (JOB, ("JobOutput", "S3DataDestination", "Path")),
        (JOB, ("BatchInferenceJobMode",)),
        (JOB, ("ThemeGenerationConfig",)),
        (JOB, ("ThemeGenerationConfig", "FieldsForThemeGeneration", "ItemName")),
        (JOB, ("NumResults",)),
    ],
)
def test_one_unknown_value_is_left_alone_wherever_it_stands(
    kind: str, path: tuple[str, ...]
) -> None:
    def with_token(value: Any, rest: tuple[str, ...]) -> Any:
        if not rest:
            return Token()
        return {**value, rest[0]: with_token(value.get(rest[0]), rest[1:])}

    properties = with_token(dict(FULL[kind]), path)
    assert SPECS[kind].faults(properties, opaque=is_token) == ()


def test_latest_with_an_unknown_synchronization_is_left_alone() -> None:
    config = {"SyncWithLatestSolutionVersion": Token()}
    properties = {**CAMPAIGN_PROPERTIES, "SolutionVersionArn": LATEST, "CampaignConfig": config}
    assert SPECS[CAMPAIGN].faults(properties, opaque=is_token) == ()


FINGERPRINTED = st.sampled_from([CAMPAIGN, JOB])


@given(FINGERPRINTED, st.dictionaries(st.sampled_from(sorted(MACHINERY)), st.text()))
def test_the_machinery_does_not_change_the_fingerprint(
    kind: str, machinery: dict[str, str]
) -> None:
    spec = SPECS[kind]
    assert spec.fingerprint({**FULL[kind], **machinery}) == spec.fingerprint(FULL[kind])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"NumResults": "25"}, {"NumResults": 25}),
        ({"NumResults": "25"}, {"NumResults": "25.0"}),
        (
            {"BatchInferenceJobConfig": {"RankingInfluence": {"POPULARITY": "0.50"}}},
            {"BatchInferenceJobConfig": {"RankingInfluence": {"POPULARITY": 0.5}}},
        ),
        ({}, {"Triggers": {}}),
    ],
)
def test_the_same_properties_have_the_same_fingerprint(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    spec = SPECS[JOB]
    assert spec.fingerprint({**JOB_PROPERTIES, **one}) == spec.fingerprint(
        {**JOB_PROPERTIES, **other}
    )


@pytest.mark.parametrize("name", sorted(set(FULL_JOB) - set(MACHINERY)))
def test_every_property_of_a_job_counts_in_its_fingerprint(name: str) -> None:
    spec = SPECS[JOB]
    without = {key: value for key, value in FULL_JOB.items() if key != name}
    assert spec.fingerprint(without) != spec.fingerprint(FULL_JOB)
    assert len(spec.fingerprint(without)) == 64


def test_latest_with_a_config_that_is_not_known_yet_is_left_alone() -> None:
    properties = {**CAMPAIGN_PROPERTIES, "SolutionVersionArn": LATEST, "CampaignConfig": Token()}
    assert SPECS[CAMPAIGN].faults(properties, opaque=is_token) == ()


@BOTH
def test_a_colon_further_on_in_an_arn_does_not_shift_its_parts(kind: str) -> None:
    assert faults(kind, SolutionVersionArn=f"{VERSION}:1") == ()


# --- solution versions, segment jobs, recommenders -----------------------------------------------


@pytest.mark.parametrize(
    ("arn", "way_out"),
    [
        (VERSION, f"give {SOLUTION}."),
        (FILTER, "list-solutions"),
        (f"{SOLUTION}/", f"give {SOLUTION}."),
        (SOLUTION.replace("solution/shop", "solution/"), "list-solutions"),
        (f"{VERSION}/more", "list-solutions"),
    ],
)
def test_training_takes_a_solution_and_no_version(arn: str, way_out: str) -> None:
    (fault,) = faults(TRAINING, SolutionArn=arn)
    assert (fault.property, fault.value) == ("SolutionArn", arn)
    assert way_out in fault.way_out


def test_a_training_mode_is_one_of_the_services() -> None:
    assert wrong(TRAINING, TrainingMode="full") == ["TrainingMode"]
    assert all(not faults(TRAINING, TrainingMode=mode) for mode in ("FULL", "UPDATE", "AUTOTRAIN"))


@pytest.mark.parametrize(("number", "good"), [(0, False), (5_000_000, True), (5_000_001, False)])
def test_a_segment_has_five_million_users_at_most(number: int, good: bool) -> None:
    assert (wrong(SEGMENT_JOB, NumResults=str(number)) == []) is good


def test_a_segment_job_keeps_the_rules_of_all_jobs() -> None:
    found = wrong(
        SEGMENT_JOB,
        SolutionVersionArn=LATEST,
        JobOutput={"S3DataDestination": {"Path": "s3://data/out"}},
    )
    assert found == ["SolutionVersionArn", "JobOutput.S3DataDestination.Path"]
    assert wrong(SEGMENT_JOB, BatchInferenceJobMode="BATCH_INFERENCE") == ["BatchInferenceJobMode"]


@pytest.mark.parametrize(
    ("name", "value"), [("DatasetGroupArn", SOLUTION), ("RecipeArn", DATASET_GROUP)]
)
def test_a_recommender_takes_arns_of_the_right_kind(name: str, value: str) -> None:
    (fault,) = faults(RECOMMENDER, **{name: value})
    assert (fault.property, fault.value) == (name, value)
    assert "`aws personalize list-" in fault.way_out


def test_columns_are_lists_of_names_by_type_of_dataset() -> None:
    def columns(given: object) -> list[str]:
        config = {"TrainingDataConfig": {"ExcludedDatasetColumns": given}}
        return wrong(RECOMMENDER, RecommenderConfig=config)

    path = "RecommenderConfig.TrainingDataConfig.ExcludedDatasetColumns"
    assert columns({"ITEMS": ["PRICE"], "USERS": []}) == []
    assert columns({"ITEMS": "PRICE"}) == [f"{path}.ITEMS"]
    assert columns({"ITEMS": ["PRICE", "2nd"]}) == [f"{path}.ITEMS.1"]
    assert columns({"ITEMS": ["C"] * 51}) == [f"{path}.ITEMS"]
    assert columns({name: [] for name in "ABCD"}) == [path]


@pytest.mark.parametrize("said", ["true", "True", "TRUE", True])
def test_what_is_to_be_adopted_has_to_be_named(said: object) -> None:
    for kind in (CAMPAIGN, RECOMMENDER):
        assert wrong(kind, AdoptExisting=said) == ["Name"]
        assert wrong(kind, AdoptExisting=said, Name="live") == []
    token = Token()
    properties = {**MINIMAL[CAMPAIGN], "AdoptExisting": token}
    assert SPECS[CAMPAIGN].faults(properties, opaque=is_token) == ()
    shown = {**MINIMAL[CAMPAIGN], "AdoptExisting": said}
    assert SPECS[CAMPAIGN].faults(shown, opaque=lambda value: value is said) == ()


@pytest.mark.parametrize("said", ["false", False, "no"])
def test_what_is_not_to_be_adopted_needs_no_name(said: object) -> None:
    assert "Name" not in wrong(CAMPAIGN, AdoptExisting=said)


def test_one_column_that_is_not_known_yet_is_left_alone() -> None:
    columns = {"TrainingDataConfig": {"ExcludedDatasetColumns": {"ITEMS": [Token(), "TITLE"]}}}
    properties = {**MINIMAL[RECOMMENDER], "RecommenderConfig": columns}
    assert SPECS[RECOMMENDER].faults(properties, opaque=is_token) == ()


def test_a_colon_in_a_name_does_not_shift_the_parts_of_an_arn() -> None:
    assert faults(TRAINING, SolutionArn=f"{SOLUTION}:1") == ()
    assert faults(JOB, FilterArn=f"{FILTER}:1") == ()
    assert faults(RECOMMENDER, DatasetGroupArn=f"{DATASET_GROUP}:1") == ()


@EACH
def test_a_provider_that_is_no_text_is_reported_once(kind: str) -> None:
    assert wrong(kind, ServiceToken=5) == ["ServiceToken"]


def test_what_has_a_fault_is_told_by_the_propertys_name() -> None:
    properties = {**MINIMAL[CAMPAIGN], "Name": "-", "MinProvisionedTPS": "0"}
    spec = SPECS[CAMPAIGN]
    assert spec.is_faulty(properties, "Name")
    assert spec.is_faulty(properties, "MinProvisionedTPS")
    assert not spec.is_faulty(properties, "SolutionVersionArn")
    assert not spec.is_faulty(MINIMAL[CAMPAIGN], "Name")
