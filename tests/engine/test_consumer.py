"""What another team's program sees of a deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.conftest import Stack

PROJECT = """
name: consumer
runtime: {name: python, options: {toolchain: pip, virtualenv: .venv}}
"""

PROGRAM = """
import pulumi

payments = pulumi.StackReference("organization/webhook-processor/deployed")
for name in ("topic_arn", "table_name", "event_schema", "source_urls"):
    pulumi.export(name, payments.require_output(name))
"""


def test_a_second_program_reads_the_outputs_by_a_stack_reference(deployed: Stack) -> None:
    """They are those of the stack, whole objects included, and none is secret."""
    project = deployed.backend.directory / "consumer"
    project.mkdir()
    (project / "Pulumi.yaml").write_text(PROJECT)
    (project / "__main__.py").write_text(PROGRAM)
    (project / ".venv").symlink_to(deployed.project / ".venv")
    consumer = deployed.beside("consumer", project)
    consumer.run("stack", "init", "consumer", "--secrets-provider", "passphrase")
    consumer.up()
    outputs = deployed.outputs()
    names = ("topic_arn", "table_name", "event_schema", "source_urls")
    assert consumer.outputs() == {name: outputs[name] for name in names}
    assert outputs["table_name"] == "payment-transactions-deployed"
