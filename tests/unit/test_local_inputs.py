"""Reading a resource's inputs: nothing is read over."""

from __future__ import annotations

import pytest

from local.adaptations import ADAPTATIONS, Kind
from local.inputs import Inputs, NotImplementedLocally, plain
from local.resources import ADAPTERS, adapter_of

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hidden"}
"""A secret as Pulumi's wire format wraps it."""


def test_plain_unwraps_secrets_and_whole_numbers() -> None:
    """The wire's secrets and floats become what they stand for, however deep."""
    assert plain({"a": [SECRET, 3.0, 0.5], "b": {"c": SECRET}}) == {"a": ["hidden", 3, 0.5], "b": {"c": "hidden"}}


def test_unread_property_is_an_error_that_names_it() -> None:
    """A property that no adapter asks for stops the deployment by type and name."""
    inputs = Inputs("aws:sqs/queue:Queue", {"name": "q", "fooBar": 1})
    assert inputs.required("name") == "q"
    with pytest.raises(
        NotImplementedLocally, match=r"^aws:sqs/queue:Queue: property fooBar is not implemented by the local runner$"
    ):
        inputs.check_all_taken()


def test_unread_nested_properties_are_errors_with_their_path() -> None:
    """Objects and lists of objects are checked to their leaves."""
    inputs = Inputs("t", {"tracing": {"mode": "Active", "extra": True}, "keys": [{"name": "a"}, {"name": "b", "x": 1}]})
    tracing = inputs.nested("tracing")
    assert tracing is not None
    assert tracing.text("mode") == "Active"
    assert [key.text("name") for key in inputs.each("keys")] == ["a", "b"]
    with pytest.raises(NotImplementedLocally, match=r"keys\[1\]\.x, tracing\.extra"):
        inputs.check_all_taken()


def test_getters_convert_and_default() -> None:
    """Missing properties have plain defaults; a required one that is missing is an error."""
    inputs = Inputs("t", {"size": 10.0, "on": True, "tags": {"a": "b"}, "list": ["x"]})
    assert (inputs.number("size"), inputs.flag("on"), inputs.mapping("tags"), inputs.strings("list")) == (
        10,
        True,
        {"a": "b"},
        ["x"],
    )
    assert (inputs.number("no"), inputs.flag("no"), inputs.text("no"), inputs.nested("no")) == (None, False, None, None)
    inputs.check_all_taken()
    with pytest.raises(NotImplementedLocally, match="t: property name must be set"):
        inputs.required("name")


def test_deviating_without_an_entry_in_the_table_is_impossible() -> None:
    """An adapter can change or leave out only what the table of adaptations admits."""
    inputs = Inputs("aws:lambda/function:Function", {"code": "archive", "role": "arn"})
    assert inputs.replaced("code") == "archive"
    with pytest.raises(KeyError):
        inputs.replaced("role")
    with pytest.raises(KeyError):
        inputs.left_out("code")


def test_unknown_resource_type_is_an_error_that_names_it() -> None:
    """A resource type without an adapter stops the deployment."""
    with pytest.raises(NotImplementedLocally, match="aws:s3/bucket:Bucket: this resource type is not implemented"):
        adapter_of("aws:s3/bucket:Bucket")


def test_the_table_of_adaptations_is_about_existing_adapters_and_says_why() -> None:
    """Every entry is unique, belongs to a type that is deployed, and gives a reason."""
    assert len({(entry.type, entry.property) for entry in ADAPTATIONS}) == len(ADAPTATIONS)
    assert {entry.type for entry in ADAPTATIONS} <= {*ADAPTERS, "pulumi:providers:aws"}
    assert all(entry.reason and entry.kind in Kind for entry in ADAPTATIONS)
