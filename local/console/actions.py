"""What the page's buttons do: send, redrive, rotate, take a service away."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.problems import Problem
from local import senders
from local.faults import SERVICES, FaultPlan
from local.observer import wait_until
from local.samples import KINDS
from local.sending import Endpoint, post
from local.settings import new_secret
from local.variants import VARIANTS, sendings, variants_of
from ops.dead_letters import DeadLetters
from ops.ledger import Ledger
from ops.redrive import Redrive
from ops.rotation import Rotation

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.settings import LocalSource
    from local.system import LocalSystem
    from ops.stack import Stack

_REDRIVES_A_SECOND = 20.0


class Actions:
    """Acts on a running system; each call may take seconds.

    Args:
        system: The system.
        stack: The same as operators see it.
        on_switch: Told when a source's sender signs with another secret.
    """

    def __init__(self, system: LocalSystem, stack: Stack, on_switch: Callable[[], None]) -> None:
        self._system = system
        self._stack = stack
        self._on_switch = on_switch
        self._live: dict[str, tuple[str, ...]] = {
            name: (_configured(source),) for name, source in system.sources.items()
        }
        self._keys = {_configured(source): source.secret for source in system.sources.values()}
        self._away = ""
        self._one_at_a_time = threading.Lock()

    def state(self) -> dict[str, Any]:
        """Tell what can be sent, how many secrets are live (never a secret), and what is away."""
        sources = [
            {
                "name": name,
                "provider": source.provider,
                "kinds": KINDS[source.provider],
                "variants": variants_of(source.provider),
                **self._secrets(name),
            }
            for name, source in self._system.sources.items()
        ]
        return {"sources": sources, "away": self._away}

    def send(self, source: str, kind: str, variant: str) -> dict[str, Any]:
        """Send a variant of a sample; tell each answer's status.

        Raises:
            Problem: There is no such source, kind or variant.
        """
        if variant not in VARIANTS:
            raise Problem(f"the variant is one of {', '.join(VARIANTS)}")
        endpoint = Endpoint(
            source=self._of(source),
            url=f"{self._system.webhook_url}{source}",
            registered_url=self._system.outputs["source_urls"][source],
        )
        answers: list[int] = []
        for each in sendings(endpoint, kind, variant):
            if answers and variant == "late":
                self._wait_for(f"{each.event.provider}:{each.event.payment_id}")
            answers.append(post(endpoint, each.webhook).status)
        return {"answers": answers}

    def dead_letters(self) -> list[dict[str, Any]]:
        """Tell what lies in the dead-letter queue."""
        with self._one_at_a_time, DeadLetters(self._stack).held() as letters:
            return [
                {
                    "message_id": letter.message_id,
                    "delivery_id": letter.delivery.delivery_id if letter.delivery else None,
                    "source": letter.source,
                    "cause": letter.cause,
                    "detail": letter.detail,
                    "today": letter.today,
                    "sent_at": letter.sent_at.isoformat(timespec="milliseconds"),
                    "expires_at": letter.expires_at.isoformat(timespec="seconds"),
                    "payload": letter.delivery.raw.decode(errors="replace") if letter.delivery else letter.body,
                }
                for letter in letters
            ]

    def redrive(self, names: list[str]) -> dict[str, Any]:
        """Send dead letters back into the queue.

        Args:
            names: Their message ids; none: all.
        """
        dead_letters = DeadLetters(self._stack)
        with self._one_at_a_time, dead_letters.held() as letters:
            wanted = [letter for letter in letters if not names or letter.message_id in names]
            done = Redrive(self._stack, dead_letters).run(wanted, rate=_REDRIVES_A_SECOND, canary=False)
        return {"sent": len(done.sent), "skipped": done.skipped, "stopped": done.stopped}

    def rotate(self, source: str, step: str, *, force: bool = False) -> dict[str, Any]:
        """Take one step of a rotation: `add` a new secret, `switch` the sender to it, `remove` the oldest one.

        Raises:
            Problem: There is no such source or step, or the step cannot be taken now.
        """
        with self._one_at_a_time:
            configured = self._of(source)
            rotation = Rotation(self._stack, source)
            # Operators rotate too: what is live is what the function reads, not what this page has done.
            live = self._live[source] = rotation.values()
            match step:
                case "add":
                    secret = new_secret(configured.provider)
                    added = replace(configured, secret=secret)
                    self._keys[_configured(added)] = secret
                    rotation.add(_configured(added))
                case "switch":
                    if senders.has_key_pair(configured.provider) and live[0] not in self._keys:
                        raise Problem(f"{source}'s newest key was added elsewhere: here is no private one to sign with")
                    self._system.sources[source] = replace(configured, secret=self._keys.get(live[0], live[0]))
                    self._on_switch()
                case "remove":
                    if _configured(configured) not in live:
                        raise Problem(f"{source} is signed with no secret that is live: switch the sender first")
                    if len(live) > 1 and _configured(configured) == live[-1]:
                        raise Problem(f"{source} is still signed with its oldest secret: switch the sender first")
                    rotation.remove_oldest(force=force)
                case _:
                    raise Problem("a step is add, switch or remove")
            self._live[source] = rotation.values()
            return self._secrets(source)

    def outage(self, service: str) -> dict[str, Any]:
        """Let a service answer nothing to the function; empty: all answer again.

        Raises:
            Problem: The function calls no such service.
        """
        if service and service not in SERVICES:
            raise Problem(f"the function calls {', '.join(SERVICES)}")
        self._system.emulator.fail(FaultPlan(away=(service,) if service else ()))
        self._away = service
        return {"away": service}

    def _wait_for(self, transaction_id: str) -> None:
        """Wait until a payment has a state: two messages that lie in the queue at once are read in any order."""
        ledger = Ledger(self._stack)
        wait_until(lambda: any(item["record"] == "state" for item in ledger.transaction(transaction_id)))

    def _secrets(self, source: str) -> dict[str, int]:
        """Count the secrets that were live when last looked; the sender's place among them, past the end: none."""
        live, used = self._live[source], _configured(self._system.sources[source])
        return {"secrets": len(live), "signs_with": live.index(used) if used in live else len(live)}

    def _of(self, source: str) -> LocalSource:
        if source not in self._system.sources:
            raise Problem(f"there is no source {source!r}: there are {', '.join(self._system.sources)}")
        return self._system.sources[source]


def _configured(source: LocalSource) -> str:
    return senders.configured(source.provider, source.secret)
