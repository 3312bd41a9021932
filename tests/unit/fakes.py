"""An AWS that lives in a dictionary: what the function's steps are tested against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambda_src.aws import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeAws:
    """Answers calls as told, and keeps them in order; unanswered operations succeed with an empty answer."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Note the call and answer it."""
        name = f"{service}.{operation}"
        self.calls.append((name, parameters))
        answer = self.answers.get(name)
        return answer(parameters) if answer else {}

    def of(self, name: str) -> list[dict[str, Any]]:
        """The parameters of all calls of one operation."""
        return [parameters for called, parameters in self.calls if called == name]

    def fail(self, name: str, code: str) -> None:
        """Let an operation fail from now on."""

        def failure(_: dict[str, Any]) -> dict[str, Any]:
            raise AwsError(name.partition(".")[2], code)

        self.answers[name] = failure

    def hold_secret(self, value: str) -> None:
        """Let the parameter store hold a value."""
        self.answers["ssm.get_parameter"] = lambda _: {"Parameter": {"Value": value}}

    def publish_all(self) -> None:
        """Let the topic take every entry."""
        self.answers["sns.publish_batch"] = lambda call: {
            "Successful": [{"Id": entry["Id"]} for entry in call["PublishBatchRequestEntries"]]
        }
