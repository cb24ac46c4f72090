"""A version of a solution, by its solution and its id."""

from __future__ import annotations

from cdk_personalize.existing_solution_version import (
    LATEST,
    ExistingSolutionVersion,
    SolutionLike,
)


class SolutionVersion:
    """Names versions of solutions."""

    @staticmethod
    def of_solution(solution: SolutionLike, version_id: str) -> ExistingSolutionVersion:
        """One version of a solution, trained elsewhere.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.
            version_id: The last part of the version's ARN, such as `5f3a9c1e`.
        """
        arn = solution if isinstance(solution, str) else solution.solution_ref.solution_arn
        return ExistingSolutionVersion(solution_arn=arn, version_id=version_id)

    @staticmethod
    def latest_of(solution: SolutionLike) -> ExistingSolutionVersion:
        """The newest version of a solution, now and later.

        Only for campaigns, and only together with `sync_with_latest_solution_version=True`. The
        solution must have a trained version by the time the campaign is created.

        Args:
            solution: The solution's ARN, or a native `CfnSolution`.
        """
        return SolutionVersion.of_solution(solution, LATEST)
