"""Keys, log groups, alarms, event rules: what replaces, what changes in place, what is refused, and the functions."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.check import NameTooLongError, check
from sandbox.provider.schema import UNKNOWN
from sandbox.provider.server import RefusedError
from tests.sandbox.harness import REGION, TYPES, Bench
from tests.sandbox.samples.kms import key_policy
from tests.sandbox.samples.logs import LOGS_MAY_USE_KEY

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"


class TestKey:
    def test_rotation_description_policy_and_tags_change_in_place(self, bench: Bench) -> None:
        made = bench.make(KEY, description="old", tags={"a": "1"})
        policy = key_policy("123456789012", LOGS_MAY_USE_KEY)
        changed = bench.change(
            made, description="new", enableKeyRotation=True, rotationPeriodInDays=180, policy=policy, tags={"b": "2"}
        )
        assert (changed["rotationPeriodInDays"], changed["tagsAll"]) == (180, {"b": "2"})
        assert "logs.sa-east-1.amazonaws.com" in changed["policy"]
        assert bench.change(changed, enableKeyRotation=False, rotationPeriodInDays=None)["enableKeyRotation"] is False

    def test_a_key_is_enabled_before_it_is_changed_and_disabled_after(self, bench: Bench) -> None:
        enabled = bench.change(bench.make(KEY, isEnabled=False), isEnabled=True, enableKeyRotation=True)
        assert (enabled["isEnabled"], enabled["enableKeyRotation"]) == (True, True)
        assert bench.change(enabled, isEnabled=False, rotationPeriodInDays=90)["isEnabled"] is False

    def test_a_disabled_key_is_not_rotated_by_aws(self, bench: Bench) -> None:
        disabled = bench.make(KEY, isEnabled=False)
        with pytest.raises(ClientError, match="DisabledException"):
            bench.account.kms.enable_key_rotation(KeyId=disabled.id)

    def test_what_it_is_for_replaces_it(self, bench: Bench) -> None:
        made = bench.make(KEY)
        assert bench.replaced(made, customerMasterKeySpec="RSA_2048", keyUsage="SIGN_VERIFY", multiRegion=True) == {
            "customerMasterKeySpec",
            "keyUsage",
            "multiRegion",
        }

    @pytest.mark.parametrize(("given", "days"), [({"deletionWindowInDays": 7}, 7), ({}, 30)])
    def test_it_is_scheduled_for_deletion_and_gone_for_the_program(
        self, given: dict[str, Any], days: int, bench: Bench
    ) -> None:
        made = bench.make(KEY, **given)
        bench.end(made)
        key = bench.account.kms.describe_key(KeyId=made.id)["KeyMetadata"]
        assert key["KeyState"] == "PendingDeletion"
        assert round((key["DeletionDate"] - key["CreationDate"]).total_seconds() / 86_400) == days

    def test_a_key_that_somebody_rotates_no_more_is_drift(self, bench: Bench) -> None:
        made = bench.make(KEY, enableKeyRotation=True)
        bench.account.kms.disable_key_rotation(KeyId=made.id)
        refreshed = bench.read(KEY, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert [d.path for d in bench.differences(made)] == ["enableKeyRotation"]

    def test_contradictions_are_refused(self, bench: Bench) -> None:
        assert "although the key does not rotate" in str(bench.refused(KEY, rotationPeriodInDays=180))
        assert "only symmetric encryption keys rotate" in str(
            bench.refused(KEY, enableKeyRotation=True, customerMasterKeySpec="RSA_2048")
        )
        assert "between 7 and 30" in str(bench.refused(KEY, deletionWindowInDays=3))
        assert "needs Principal" in str(bench.refused(KEY, policy=json.dumps(json.loads(key_policy()) | BROKEN)))

    def test_a_policy_that_locks_everybody_out_is_refused_by_aws(self, bench: Bench) -> None:
        foreign = key_policy("210987654321")
        with pytest.raises(ClientError, match="will not allow you to update the key policy in the future"):
            bench.make(KEY, policy=foreign)


BROKEN = {"Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}


class TestAlias:
    def test_its_automatic_name_begins_as_an_alias_must(self, bench: Bench) -> None:
        made = bench.make(ALIAS, targetKeyId=bench.make(KEY).id)
        assert made.id.startswith("alias/thing")
        assert made["arn"] == f"arn:aws:kms:{REGION}:123456789012:{made.id}"

    def test_it_moves_to_another_key_in_place(self, bench: Bench) -> None:
        first, second = bench.make(KEY), bench.make(KEY)
        made = bench.make(ALIAS, targetKeyId=first.id)
        assert bench.differences(made, targetKeyId=UNKNOWN)[0].replaces is False
        assert bench.change(made, targetKeyId=second["arn"])["targetKeyArn"] == second["arn"]

    def test_a_name_that_is_none_is_refused(self, bench: Bench) -> None:
        assert "write alias/storage" in str(bench.refused(ALIAS, name="storage", targetKeyId="x"))
        assert "alias/aws/ is AWS's own" in str(bench.refused(ALIAS, name="alias/aws/s3", targetKeyId="x"))

    def test_an_automatic_name_counts_without_its_prefix(self) -> None:
        with pytest.raises(NameTooLongError, match="longer than maximum length 238"):
            check(TYPES[ALIAS], "x" * 231, {}, {"targetKeyId": "k"}, region=REGION, default_tags={}, seed=b"s")

    def test_keys_and_aliases_are_looked_up(self, bench: Bench) -> None:
        key = bench.make(KEY, description="storage")
        bench.make(ALIAS, name="alias/storage", targetKeyId=key.id)
        assert bench.call("aws:kms/getKey:getKey", keyId="alias/storage")["description"] == "storage"
        assert bench.call("aws:kms/getAlias:getAlias", name="alias/storage")["targetKeyArn"] == key["arn"]
        with pytest.raises(RefusedError, match="there is none of the name 'alias/nothing'"):
            bench.call("aws:kms/getAlias:getAlias", name="alias/nothing")


class TestLogGroup:
    def test_retention_and_key_change_in_place_both_ways(self, bench: Bench) -> None:
        key = bench.make(KEY, policy=key_policy("123456789012", LOGS_MAY_USE_KEY))
        made = bench.change(bench.make(LOG_GROUP), retentionInDays=90, kmsKeyId=key["arn"], tags={"a": "1"})
        assert (made["retentionInDays"], made["kmsKeyId"]) == (90, key["arn"])
        plain = bench.change(made, retentionInDays=None, kmsKeyId=None, tags=None)
        assert (plain["retentionInDays"], plain.state.get("kmsKeyId"), plain["tagsAll"]) == (0, None, {})

    def test_a_key_that_the_service_may_not_use_is_refused_by_aws(self, bench: Bench) -> None:
        with pytest.raises(ClientError, match="AccessDeniedException"):
            bench.make(LOG_GROUP, kmsKeyId=bench.make(KEY)["arn"])

    def test_name_and_class_replace_it(self, bench: Bench) -> None:
        made = bench.make(LOG_GROUP, name="one")
        assert bench.replaced(made, name="two", logGroupClass="INFREQUENT_ACCESS") == {"name", "logGroupClass"}

    def test_deletion_protection_is_honoured_and_taken_away_in_place(self, bench: Bench) -> None:
        made = bench.make(LOG_GROUP, deletionProtectionEnabled=True)
        with pytest.raises(ClientError, match="deletion protection"):
            bench.end(made)
        bench.end(bench.change(made, deletionProtectionEnabled=False))

    def test_it_stays_where_the_program_says_so(self, bench: Bench) -> None:
        made = bench.make(LOG_GROUP, skipDestroy=True)
        TYPES[LOG_GROUP].delete(bench.account, made.id, made.state)
        assert bench.read(LOG_GROUP, made.id, made.state) == made.state

    def test_its_arn_has_no_star_and_a_longer_name_is_another_group(self, bench: Bench) -> None:
        bench.make(LOG_GROUP, name="/web/errors")
        made = bench.make(LOG_GROUP, name="/web")
        assert made["arn"] == f"arn:aws:logs:{REGION}:123456789012:log-group:/web"
        bench.end(made)

    def test_a_retention_that_aws_does_not_know_is_refused(self, bench: Bench) -> None:
        assert "expected retentionInDays to be one of" in str(bench.refused(LOG_GROUP, retentionInDays=100))
        assert "does not match" in str(bench.refused(LOG_GROUP, name="no spaces"))

    def test_it_is_looked_up(self, bench: Bench) -> None:
        made = bench.make(LOG_GROUP, retentionInDays=7, tags={"a": "1"})
        answer = bench.call("aws:cloudwatch/getLogGroup:getLogGroup", name=made.id)
        assert (answer["arn"], answer["retentionInDays"], answer["tags"]) == (made["arn"], 7, {"a": "1"})


METRIC: dict[str, Any] = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3,
    "metricName": "CPUUtilization",
    "namespace": "AWS/RDS",
    "period": 60,
    "statistic": "Average",
    "threshold": 80,
}
MATHS: dict[str, Any] = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3,
    "threshold": 5,
    "metricQueries": [
        {"id": "rate", "expression": "m1 / 2", "returnData": True},
        {"id": "m1", "metric": {"metricName": "Errors", "namespace": "Web", "period": 60, "stat": "Sum"}},
    ],
}


def queries(**change: Any) -> dict[str, Any]:
    """The alarm on a formula, with its second query changed."""
    first, second = MATHS["metricQueries"]
    return {**MATHS, "metricQueries": [first, {**second, **change}]}


class TestMetricAlarm:
    def test_only_the_name_replaces_it(self, bench: Bench) -> None:
        made = bench.make(ALARM, name="cpu", **METRIC)
        assert bench.replaced(made, name="load", threshold=90, metricName="Load", dimensions={"a": "b"}) == {"name"}

    def test_it_is_put_anew_as_a_whole(self, bench: Bench) -> None:
        made = bench.make(ALARM, **METRIC, alarmActions=["arn:aws:sns:sa-east-1:123456789012:a"], alarmDescription="x")
        changed = bench.change(made, alarmActions=None, alarmDescription=None, threshold=90.5, tags={"a": "1"})
        assert (changed["threshold"], changed["alarmActions"], changed["tagsAll"]) == (90.5, [], {"a": "1"})

    def test_from_a_metric_to_a_formula_in_place(self, bench: Bench) -> None:
        made = bench.make(ALARM, **METRIC)
        gone = dict.fromkeys(("metricName", "namespace", "period", "statistic"))
        changed = bench.change(made, **gone, metricQueries=MATHS["metricQueries"])
        assert {query["id"] for query in changed["metricQueries"]} == {"rate", "m1"}

    def test_the_order_of_queries_and_actions_does_not_matter(self, bench: Bench) -> None:
        made = bench.make(ALARM, **MATHS, alarmActions=["arn:aws:a:b:c:d", "arn:aws:e:f:g:h"])
        assert bench.differences(made, metricQueries=MATHS["metricQueries"][::-1]) == []
        assert bench.differences(made, alarmActions=["arn:aws:e:f:g:h", "arn:aws:a:b:c:d"]) == []

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({**METRIC, "statistic": None}, "needs statistic or extendedStatistic"),
            ({**METRIC, "metricName": None}, "give metricName or metricQueries"),
            ({**METRIC, "threshold": None}, "give threshold or thresholdMetricId"),
            ({**METRIC, "evaluationPeriods": None}, "needs evaluationPeriods"),
            ({**METRIC, "datapointsToAlarm": 4}, "datapointsToAlarm is 4, more than the 3 evaluationPeriods"),
            ({**METRIC, "period": 45}, "period is 45 s"),
            ({**METRIC, "statistic": "Mean"}, "'Mean' is none of"),
            ({**METRIC, "extendedStatistic": "p99"}, "extendedStatistic conflicts with statistic"),
            ({**METRIC, "statistic": None, "extendedStatistic": "99"}, "extendedStatistic must be a percentile"),
            ({**METRIC, "treatMissingData": "bad"}, "expected treatMissingData to be one of"),
            ({**METRIC, **MATHS}, "metricName conflicts with metricQueries"),
            (queries(returnData=True), "1 of metricQueries must have returnData true, here it is 2"),
            (queries(id="rate"), "the ids of metricQueries must differ"),
            (queries(id="Rate"), "id begins with a lower-case letter"),
            (queries(expression="1"), "needs exactly one of metric and expression"),
            (queries(metric={**MATHS["metricQueries"][1]["metric"], "period": 7}), "metric.period is 7 s"),
            (queries(metric={**MATHS["metricQueries"][1]["metric"], "stat": "p"}), "metric.stat must be SampleCount"),
        ],
    )
    def test_what_aws_refuses_is_refused(self, values: dict[str, Any], reason: str, bench: Bench) -> None:
        assert reason in str(bench.refused(ALARM, **values))

    def test_an_alarm_on_an_anomaly_band_needs_band_and_metric(self, bench: Bench) -> None:
        band = {
            "comparisonOperator": "GreaterThanUpperThreshold",
            "evaluationPeriods": 2,
            "thresholdMetricId": "band",
            "metricQueries": [
                {"id": "band", "expression": "ANOMALY_DETECTION_BAND(m1)", "returnData": True},
                {"id": "m1", "metric": {"metricName": "Errors", "period": 60, "stat": "Sum"}},
            ],
        }
        assert "2 of metricQueries must have returnData true, here it is 1" in str(bench.refused(ALARM, **band))


class TestEvents:
    def test_a_rule_with_targets_is_not_deleted_unless_forced(self, bench: Bench) -> None:
        for forced in (False, True):
            rule = bench.make(RULE, scheduleExpression="rate(1 day)", forceDestroy=forced)
            queue = bench.make("aws:sqs/queue:Queue")["arn"]
            bench.account.events.put_targets(Rule=rule.id, Targets=[{"Id": "a", "Arn": queue}])
            if forced:
                bench.end(rule)
            else:
                with pytest.raises(ClientError, match="ValidationException"):
                    bench.end(rule)

    def test_schedule_and_state_change_in_place_and_the_bus_replaces(self, bench: Bench) -> None:
        rule = bench.change(
            bench.make(RULE, scheduleExpression="rate(1 day)"), scheduleExpression="rate(2 days)", state="DISABLED"
        )
        assert (rule["scheduleExpression"], rule["state"]) == ("rate(2 days)", "DISABLED")
        pattern = bench.make(RULE, eventPattern={"source": ["desk"]})
        assert bench.replaced(pattern, eventBusName="hotel") == {"eventBusName"}

    def test_a_target_changes_in_place(self, bench: Bench) -> None:
        rule = bench.make(RULE, scheduleExpression="rate(1 day)").id
        first, second = (bench.make("aws:sqs/queue:Queue")["arn"] for _ in range(2))
        target = bench.change(bench.make(TARGET, rule=rule, arn=first), arn=second, input='{"a": 1}')
        assert (target["arn"], target["input"]) == (second, '{"a": 1}')
        assert target.id == f"{rule}-{target['targetId']}"
        assert bench.replaced(target, targetId="other", rule="other") == {"targetId", "rule"}

    def test_an_imported_target_is_found_by_its_three_part_id(self, bench: Bench) -> None:
        rule = bench.make(RULE, scheduleExpression="rate(1 day)").id
        target = bench.make(TARGET, rule=rule, arn=bench.make("aws:sqs/queue:Queue")["arn"], targetId="one")
        read = bench.read(TARGET, f"{rule}/one", {})
        assert read is not None
        assert (read["arn"], read["rule"], read["targetId"]) == (target["arn"], rule, "one")

    def test_a_rule_without_a_cause_and_a_schedule_on_another_bus_are_refused(self, bench: Bench) -> None:
        assert bench.refused(RULE) == ["a rule needs eventPattern or scheduleExpression"]
        assert "schedules run on the default event bus only" in str(
            bench.refused(RULE, scheduleExpression="rate(1 day)", eventBusName="hotel")
        )
