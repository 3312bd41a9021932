"""The model of the bill knows what the program deploys."""

from __future__ import annotations

from ops.receipt import model
from tests.infra.program import Deployment, deploy


def test_fixed_charges_are_for_what_is_deployed(deployment: Deployment) -> None:
    """Memory, interface endpoints with their zones, key reuse and the metrics that alarms read: each as deployed."""
    assert deployment.one("aws:lambda/function:Function").inputs["memorySize"] == model.MEMORY_GB * 1024
    endpoints = deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint")
    interfaces = [each.inputs for each in endpoints if each.inputs["vpcEndpointType"] == "Interface"]
    assert [len(each["subnetIds"]) for each in interfaces] == [model.Load(events=1).zones] * model.INTERFACE_ENDPOINTS
    for queue in deployment.all("aws:sqs/queue:Queue"):
        assert queue.inputs["kmsDataKeyReusePeriodSeconds"] == model.KEY_REUSE_SECONDS
    alarms = [each.inputs for each in deployment.all("aws:cloudwatch/metricAlarm:MetricAlarm")]
    read = sum(sum("metric" in query for query in alarm.get("metricQueries", [{"metric": 1}])) for alarm in alarms)
    assert read == model.alarm_metrics(4)


def test_the_firewall_has_as_many_rules_as_are_charged() -> None:
    """One charge a rule."""
    acl = deploy({"ingress": "rest-api"}).one("aws:wafv2/webAcl:WebAcl")
    assert len(acl.inputs["rules"]) == model.FIREWALL_RULES
