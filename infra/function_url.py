"""Where webhooks come in: a public HTTPS address that invokes the function."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class FunctionUrlIngressArgs:
    """Arguments of `FunctionUrlIngress`."""

    function_name: pulumi.Input[str]
    """Name of the function to invoke."""


class FunctionUrlIngress(pulumi.ComponentResource):
    """A Lambda Function URL, open to everyone: the signature in each request is the authentication.

    There is no `aws.lambda_.Permission` here. For `NONE` the provider itself adds both statements that AWS asks for
    (lambda:InvokeFunctionUrl, and lambda:InvokeFunction limited to calls through the URL); adding them again would
    fail with "statement id already exists". Nothing takes them away when only the URL is destroyed; they go with the
    function.
    """

    url: pulumi.Output[str]
    """The address, ending with a slash."""

    def __init__(self, name: str, args: FunctionUrlIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:FunctionUrlIngress", name, None, opts)
        endpoint = aws.lambda_.FunctionUrl(
            name,
            function_name=args.function_name,
            authorization_type="NONE",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = endpoint.function_url
        self.register_outputs({"url": self.url})
