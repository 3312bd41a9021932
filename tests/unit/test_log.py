"""Log lines: declared fields only, and metrics in a form that CloudWatch reads."""

from __future__ import annotations

import re
import typing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src import log
from lambda_src.log import Line, Metric
from tests.unit.harness import FUNCTION, log_lines

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS: tuple[Metric, ...] = typing.get_args(Metric)
DECLARED = set(Line.__struct_fields__) | set(METRICS) | {"timestamp", "_aws"}


def assert_embedded_metrics(line: dict[str, Any]) -> None:
    """Hold a line against the embedded metric format's rules: targets exist, dimensions are texts, metrics numbers."""
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert directive["Namespace"] == FUNCTION
    for dimensions in directive["Dimensions"]:
        assert 1 <= len(dimensions) <= 30
        for name in dimensions:
            assert isinstance(line[name], str)
            assert 0 < len(line[name]) <= 1024
    assert 1 <= len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        assert type(line[metric["Name"]]) is int


def test_line_has_its_fields_and_no_others(capsys: pytest.CaptureFixture[str]) -> None:
    """What is set is written, what is not is left out; time and level are always there."""
    log.write(Line(message="m", source="s"), FUNCTION)
    (line,) = log_lines(capsys)
    assert {name: line[name] for name in ("message", "source", "level")} == {
        "message": "m",
        "source": "s",
        "level": "INFO",
    }
    assert set(line) == {"message", "source", "level", "timestamp"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])


def test_undeclared_field_cannot_be_logged() -> None:
    """There is no way to put a body or a header on a line."""
    with pytest.raises(TypeError):
        Line(message="m", body="x")  # type: ignore[call-arg] # that is the point
    with pytest.raises(AttributeError):
        Line(message="m").headers = {}  # type: ignore[attr-defined] # that is the point


def test_metric_names_are_no_fields() -> None:
    """A metric's value cannot overwrite a field."""
    assert not set(METRICS) & {*Line.__struct_fields__, "timestamp", "_aws"}


@pytest.mark.parametrize("reason", [None, "wrong_secret"])
def test_metrics_are_in_the_embedded_format(reason: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """Metrics come with source and provider as dimensions, and with the reason where there is one."""
    metrics: dict[Metric, int] = {"received": 1, "secret_position": 0}
    log.write(Line(message="m", source="shop", provider="stripe", reason=reason), FUNCTION, metrics)
    (line,) = log_lines(capsys)
    assert_embedded_metrics(line)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"][0] == ["source", "provider"]
    assert (["source", "provider", "reason"] in directive["Dimensions"]) is (reason is not None)
    assert [metric["Name"] for metric in directive["Metrics"]] == ["received", "secret_position"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_one_line_is_one_record(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Whatever a provider calls its events, a line stays one line of JSON: nobody can write log lines of their own."""
    log.write(Line(message="m", event_type=text), FUNCTION)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert '"_aws"' not in out or '\\"_aws\\"' in out


def _raise_from_a_library() -> None:
    int("4242424242424242 secret")


@pytest.mark.parametrize(
    ("fail", "place"), [(_raise_from_a_library, "test_log.py:"), (lambda: re.compile("(secret"), "_parser.py:")]
)
def test_place_of_an_error_is_a_file_and_a_line(fail: Callable[[], None], place: str) -> None:
    """Of an exception only the innermost file's name and line are told."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of two kinds
        fail()
    assert log.place_of(caught.value).startswith(place)
    assert log.place_of(caught.value).rpartition(":")[2].isdigit()


def test_error_that_was_never_raised_has_no_place() -> None:
    """Without a traceback the place is unknown."""
    assert log.place_of(ValueError("x")) == "unknown"
