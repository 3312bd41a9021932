"""Log groups, alarms and dashboards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.inputs import NotImplementedLocally
from local.resources.context import Context, Created, Gone, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def log_group(context: Context, inputs: Inputs) -> Created:
    """aws:cloudwatch/logGroup:LogGroup."""
    logs = context.clients.logs
    name, tags = inputs.required("name"), context.tags(inputs)
    if inputs.left_out("skipDestroy"):
        raise NotImplementedLocally(f"{inputs.type}: skipDestroy would leave {name} behind")
    request: dict[str, Any] = {"logGroupName": name, "tags": tags}
    if key_id := inputs.text("kmsKeyId"):
        request["kmsKeyId"] = key_id
    logs.create_log_group(**request)
    _retain(context, inputs)
    arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]

    def update(context: Context, inputs: Inputs) -> Created:
        inputs.left_out("skipDestroy")
        inputs.text("kmsKeyId")
        _retain(context, inputs)
        return created

    def read() -> dict[str, Any]:
        for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
            if group["logGroupName"] == name:
                return {"retentionInDays": group.get("retentionInDays")}
        raise Gone(name)

    created = Created(
        id=name,
        # Pulumi's ARN of a log group has no `:*`.
        outputs={"arn": arn.removesuffix(":*"), "tagsAll": tags},
        delete=lambda: logs.delete_log_group(logGroupName=name),
        update=update,
        read=read,
    )
    return created


def _retain(context: Context, inputs: Inputs) -> None:
    if days := inputs.number("retentionInDays"):
        context.clients.logs.put_retention_policy(logGroupName=inputs.required("name"), retentionInDays=days)


_ALARM = {
    "alarmDescription": "AlarmDescription",
    "namespace": "Namespace",
    "metricName": "MetricName",
    "statistic": "Statistic",
    "extendedStatistic": "ExtendedStatistic",
    "comparisonOperator": "ComparisonOperator",
    "treatMissingData": "TreatMissingData",
}
"""Pulumi's property, the API's; texts."""


def metric_alarm(context: Context, inputs: Inputs) -> Created:
    """aws:cloudwatch/metricAlarm:MetricAlarm."""
    cloudwatch = context.clients.cloudwatch
    name, tags = inputs.required("name"), context.tags(inputs)
    request: dict[str, Any] = {
        "AlarmName": name,
        "AlarmActions": inputs.strings("alarmActions"),
        "OKActions": inputs.strings("okActions"),
        "Threshold": inputs.number("threshold"),
        "EvaluationPeriods": inputs.number("evaluationPeriods"),
        "Dimensions": _dimensions(inputs),
        "Tags": tag_list(tags),
    }
    request |= {theirs: value for ours, theirs in _ALARM.items() if (value := inputs.text(ours)) is not None}
    if (period := inputs.number("period")) is not None:
        request["Period"] = period
    if queries := [_query(query) for query in inputs.each("metricQueries")]:
        request["Metrics"] = queries
    cloudwatch.put_metric_alarm(**request)
    arn = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]

    def read() -> dict[str, Any]:
        found = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        if not found:
            raise Gone(name)
        return {"alarmActions": found[0].get("AlarmActions", []), "threshold": found[0].get("Threshold")}

    return Created(
        id=name,
        outputs={"arn": arn, "tagsAll": tags},
        delete=lambda: cloudwatch.delete_alarms(AlarmNames=[name]),
        update=metric_alarm,
        read=read,
    )


def _query(inputs: Inputs) -> dict[str, Any]:
    query: dict[str, Any] = {"Id": inputs.required("id"), "ReturnData": inputs.flag("returnData")}
    for ours, theirs in {"expression": "Expression", "label": "Label"}.items():
        if (value := inputs.text(ours)) is not None:
            query[theirs] = value
    if metric := inputs.nested("metric"):
        query["MetricStat"] = {
            "Metric": {
                "Namespace": metric.required("namespace"),
                "MetricName": metric.required("metricName"),
                "Dimensions": _dimensions(metric),
            },
            "Period": metric.number("period"),
            "Stat": metric.required("stat"),
        }
    return query


def _dimensions(inputs: Inputs) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in inputs.mapping("dimensions").items()]


def dashboard(context: Context, inputs: Inputs) -> Created:
    """aws:cloudwatch/dashboard:Dashboard."""
    cloudwatch = context.clients.cloudwatch
    name = inputs.required("dashboardName")
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=inputs.required("dashboardBody"))
    arn = cloudwatch.get_dashboard(DashboardName=name)["DashboardArn"]
    return Created(
        id=name,
        outputs={"dashboardArn": arn},
        delete=lambda: cloudwatch.delete_dashboards(DashboardNames=[name]),
        update=dashboard,
        read=lambda: {"dashboardBody": cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]},
    )
