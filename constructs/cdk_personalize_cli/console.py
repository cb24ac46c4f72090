"""Addresses in the AWS console.

The console of a region is a host of that region: `<region>.console.aws.amazon.com`, and the like in
the other partitions. What the console has no documented address for gets the nearest page above.
"""

from __future__ import annotations

from urllib.parse import quote

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

_PAGES = {
    "campaign": "campaigns/campaignDetail",
    "solution": "solutionsAndRecipes/solutionDetail",
}
"""Part of the ARN that names the kind -> its page below the dataset group's."""

_GROUP_PAGE = "setup"


def stack_events(stack_id: str) -> str:
    """The events of a stack.

    Args:
        stack_id: ARN of the stack.
    """
    return f"{_home(stack_id, 'cloudformation')}#/stacks/events?stackId={quote(stack_id, safe='')}"


def execution(arn: str) -> str:
    """An execution of a state machine.

    Args:
        arn: ARN of the execution.
    """
    return f"{_home(arn, 'states')}#/v2/executions/details/{arn}"


def resource(arn: str, dataset_group_arn: str = "") -> str:
    """A resource of Personalize.

    A campaign or a solution has a page of its own; a version is on its solution's. Any other kind
    is found from the dataset group's page, and that one from the service's first page.

    Args:
        arn: ARN of the resource.
        dataset_group_arn: ARN of its dataset group, "" where that is not known.
    """
    home = _home(arn, "personalize")
    if not dataset_group_arn:
        return f"{home}#datasetGroups"
    head, _, path = arn.rpartition(":")
    kind, name, *_ = path.split("/")
    page = _PAGES.get(kind)
    below = f"{page}/{head}:{kind}${name}" if page else _GROUP_PAGE
    return f"{home}#{dataset_group_arn.replace('/', '$')}/{below}"


def _home(arn: str, service: str) -> str:
    """A service's first page, in the partition and region of an ARN."""
    _, partition, _, region, *_ = arn.split(":")
    host = _HOSTS.get(partition, _HOSTS["aws"])
    return f"https://{region}.{host}/{service}/home?region={region}"
