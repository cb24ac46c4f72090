"""What the doctor examines: an account's region, and what is to be deployed into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cdk_personalize_cli.aws import Clients
from cdk_personalize_cli.doctor.template import Declared, Template, read
from cdk_personalize_cli.watch.stacks import NoSuchStackError, Stacks, pages
from personalize_provider.calls import call

DEFAULT_QUALIFIER = "hnb659fds"
"""Of the CDK's bootstrap. Source: aws-cdk-lib, DefaultStackSynthesizer.DEFAULT_QUALIFIER."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the user asks.

    Attributes:
        template: Path of a template or of `cdk.out`, or None.
        stack: Name of the one stack to look at, or None.
        qualifier: The bootstrap's qualifier, or None for the template's or the default one.
        principal: ARN of the user or role whose permissions are checked, or None.
    """

    template: str | None = None
    stack: str | None = None
    qualifier: str | None = None
    principal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """A stack that exists already.

    Attributes:
        stack_id: Its ARN.
        physical_ids: Logical id -> physical id of each of its resources.
    """

    stack_id: str
    physical_ids: Mapping[str, str]


@dataclass(kw_only=True)
class Subject:
    """What is examined.

    Attributes:
        clients: AWS.
        account: The account's number.
        caller: ARN of who asks.
        templates: What is to be deployed here; empty if nothing was named.
        elsewhere: What is to be deployed to another account or region.
        question: What the user asks.
    """

    clients: Clients
    account: str
    caller: str
    templates: tuple[Template, ...]
    elsewhere: tuple[Template, ...]
    question: Question
    _deployed: dict[str, Deployed | None] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region."""
        return self.clients.region

    @property
    def partition(self) -> str:
        """The partition."""
        return self.clients.partition

    @cached_property
    def resources(self) -> tuple[Declared, ...]:
        """All of this library's resources that are to be deployed."""
        return tuple(each for template in self.templates for each in template.resources)

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many there are of each kind."""
        return Counter(each.spec.kind for each in self.resources)

    def filled(self, text: str) -> str:
        """A text of a manifest, with account, region and partition put in."""
        for name, value in self._known().items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def deployed(self, stack: str) -> Deployed | None:
        """A stack, if it exists.

        Args:
            stack: Its name; for a nested one that of the outermost, a slash, and logical ids.

        Raises:
            ServiceError: CloudFormation did not tell.
        """
        if stack not in self._deployed:
            self._deployed[stack] = self._look(stack)
        return self._deployed[stack]

    def is_deployed(self, each: Declared) -> bool:
        """Whether a resource is in its stack already.

        Raises:
            ServiceError: CloudFormation did not tell.
        """
        found = self.deployed(each.stack)
        return found is not None and each.logical_id in found.physical_ids

    def describe(self, operation: str, member: str, arn_member: str, arn: str) -> Any:
        """What Personalize describes.

        Raises:
            ServiceError: It did not tell.
        """
        answer = call(self.clients.client("personalize"), operation, {arn_member: arn})
        return answer[member]

    def _look(self, stack: str) -> Deployed | None:
        name, *nested = stack.split("/")
        client = self.clients.client("cloudformation")
        try:
            stack_id, _ = Stacks(client).find(name)
        except NoSuchStackError:
            return None
        found = Deployed(stack_id=stack_id, physical_ids=_physical_ids(client, stack_id))
        for logical_id in nested:
            stack_id = found.physical_ids.get(logical_id, "")
            if not stack_id:
                return None
            found = Deployed(stack_id=stack_id, physical_ids=_physical_ids(client, stack_id))
        return found

    def _known(self) -> Mapping[str, str]:
        return pseudo_parameters(self.clients, self.account)


def _physical_ids(client: Any, stack_id: str) -> dict[str, str]:
    listed = pages(client, "ListStackResources", "StackResourceSummaries", stack_id)
    return {
        each["LogicalResourceId"]: each.get("PhysicalResourceId", "")
        for each in listed
        if each["ResourceStatus"] != "DELETE_COMPLETE"
    }


def pseudo_parameters(clients: Clients, account: str) -> Mapping[str, str]:
    """What CloudFormation's pseudo parameters stand for."""
    suffix = "amazonaws.com.cn" if clients.partition == "aws-cn" else "amazonaws.com"
    return {
        "AWS::AccountId": account,
        "AWS::Partition": clients.partition,
        "AWS::Region": clients.region,
        "AWS::URLSuffix": suffix,
    }


def subject(question: Question, clients: Clients) -> Subject:
    """Who asks, where, and what is to be deployed.

    Args:
        question: What the user asks.
        clients: AWS.

    Raises:
        BadTemplateError: The template cannot be read.
        ServiceError: Nobody is signed in.
    """
    who = call(clients.client("sts"), "GetCallerIdentity", {})
    templates: tuple[Template, ...] = ()
    if question.template is not None:
        known = pseudo_parameters(clients, who["Account"])
        templates = read(Path(question.template), known, stack=question.stack)
    here = tuple(each for each in templates if each.is_for(who["Account"], clients.region))
    return Subject(
        clients=clients,
        account=who["Account"],
        caller=who["Arn"],
        templates=here,
        elsewhere=tuple(each for each in templates if each not in here),
        question=question,
    )
