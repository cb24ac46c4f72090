"""A function's log group, as LoggingConfig and the function's role have it.

- The function is told the log group that it really writes to (AWS_LAMBDA_LOG_GROUP_NAME).
- Lambda writes what the role allows. In particular, the log lines of a function that outlives its
  log group do not bring the group back unless the role may create it, which ministack always does.

Source: the Lambda guide, "Sending Lambda function logs to CloudWatch Logs".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_aws.gaps.permissions import role_allows


def log_group(config: dict[str, Any]) -> str:
    """The log group of a function, by its configuration."""
    given: str = (config.get("LoggingConfig") or {}).get("LogGroup") or ""
    return given or f"/aws/lambda/{config['FunctionName']}"


def told_its_log_group(config: dict[str, Any]) -> dict[str, Any]:
    """A function's configuration, its environment telling the log group."""
    environment = config.get("Environment") or {}
    variables = {
        **environment.get("Variables", {}),
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(config),
    }
    return {**config, "Environment": {**environment, "Variables": variables}}


def permitted(original: Callable[..., None]) -> Callable[..., None]:
    """ministack's writing of a function's log, as far as the role allows it."""

    def emit(function: dict[str, Any], *rest: Any, **named: Any) -> None:
        from ministack.services import cloudwatch_logs

        config = function.get("config") or function
        name = log_group(config)
        _, _, _, region, account, *_ = config["FunctionArn"].split(":")
        arn = f"arn:aws:logs:{region}:{account}:log-group:{name}"
        needed = {
            "logs:CreateLogStream": f"{arn}:log-stream:any",
            "logs:PutLogEvents": f"{arn}:log-stream:any",
        }
        if name not in cloudwatch_logs._log_groups:
            needed["logs:CreateLogGroup"] = arn
        if all(role_allows(config["Role"], *each) for each in needed.items()):
            original(function, *rest, **named)

    return emit
