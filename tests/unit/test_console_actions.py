"""A rotation by the console's buttons goes by what is live, whoever else has rotated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from cli.problems import Problem
from local import senders
from local.console import actions
from local.console.actions import Actions
from local.settings import LocalSource, new_secret

if TYPE_CHECKING:
    from local.system import LocalSystem
    from ops.stack import Stack


class Store:
    """The live secrets of one source, newest first, behind the operators' rotation."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)

    def __call__(self, _stack: object, _source: str) -> Store:
        """Stand in for the rotation's class."""
        return self

    def values(self) -> tuple[str, ...]:
        """Read them."""
        return tuple(self.secrets)

    def add(self, secret: str) -> int:
        """Put one before the others."""
        self.secrets.insert(0, secret)
        return len(self.secrets)

    def remove_oldest(self, *, force: bool) -> int:
        """Take the last one away."""
        del force
        self.secrets.pop()
        return len(self.secrets)


def _actions(monkeypatch: pytest.MonkeyPatch, provider: str) -> tuple[Actions, Store, dict[str, LocalSource]]:
    secret = new_secret(provider)
    store = Store(senders.configured(provider, secret))
    monkeypatch.setattr(actions, "Rotation", store)
    sources = {"shop": LocalSource(name="shop", provider=provider, secret=secret)}
    system = cast("LocalSystem", SimpleNamespace(sources=sources))
    return Actions(system, cast("Stack", None), lambda: None), store, sources


def _told(acting: Actions) -> dict[str, Any]:
    (source,) = acting.state()["sources"]
    return {name: source[name] for name in ("secrets", "signs_with")}


def test_the_secret_that_the_sender_signs_with_is_never_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that an operator added beside the page's counts; after the switch to it the old one goes."""
    acting, store, sources = _actions(monkeypatch, "stripe")
    signing, added = sources["shop"].secret, new_secret("stripe")
    store.add(added)
    with pytest.raises(Problem, match="still signed with its oldest secret"):
        acting.rotate("shop", "remove", force=True)
    assert store.secrets == [added, signing]
    assert _told(acting) == {"secrets": 2, "signs_with": 1}
    assert acting.rotate("shop", "switch") == {"secrets": 2, "signs_with": 0}
    assert acting.rotate("shop", "remove", force=True) == {"secrets": 1, "signs_with": 0}
    assert (store.secrets, sources["shop"].secret) == ([added], added)


def test_a_private_key_that_is_elsewhere_cannot_be_switched_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a public key that an operator added the page has no private one: the sender signs on with its own."""
    acting, store, sources = _actions(monkeypatch, "wise")
    signing = sources["shop"]
    store.add(senders.configured("wise", new_secret("wise")))
    with pytest.raises(Problem, match="was added elsewhere"):
        acting.rotate("shop", "switch")
    assert sources["shop"] == signing
    assert acting.rotate("shop", "add") == {"secrets": 3, "signs_with": 2}
    assert acting.rotate("shop", "switch") == {"secrets": 3, "signs_with": 0}
    assert senders.configured("wise", sources["shop"].secret) == store.secrets[0]


def test_a_sender_whose_secret_is_gone_can_be_switched(monkeypatch: pytest.MonkeyPatch) -> None:
    """When an operator took the sender's secret away, the page tells so and the switch mends it."""
    acting, store, _ = _actions(monkeypatch, "stripe")
    store.add(new_secret("stripe"))
    store.remove_oldest(force=True)
    with pytest.raises(Problem, match="no secret that is live"):
        acting.rotate("shop", "remove", force=True)
    assert _told(acting) == {"secrets": 1, "signs_with": 1}
    assert acting.rotate("shop", "switch") == {"secrets": 1, "signs_with": 0}
