"""Which stack a construct is deployed with, and how another template says its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from constructs import IConstruct


def whole_stack(scope: IConstruct) -> cdk.Stack:
    """The stack of a construct; for a nested one, that which holds them all."""
    stack = cdk.Stack.of(scope)
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack


def stack_name_pattern(scope: IConstruct) -> str:
    """The name of a construct's stack as another template can say it; `*` stands for a part."""
    stack, root = cdk.Stack.of(scope), whole_stack(scope)
    # CloudFormation names a nested stack after its parent, a hyphen and a part of its own choice.
    return stack.stack_name if root is stack else f"{root.stack_name}-*"
