"""How a template says the name of another template's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import IConstruct


def stack_name_pattern(scope: IConstruct) -> str:
    """The name of a construct's stack as another template can say it; `*` stands for a part."""
    stack = cdk.Stack.of(scope)
    root = stack
    while root.nested_stack_parent is not None:
        root = root.nested_stack_parent
    # CloudFormation names a nested stack after its parent, a hyphen and a part of its own choice.
    return stack.stack_name if root is stack else f"{root.stack_name}-*"
