"""Flow logs of VPCs, subnets and network interfaces."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, one
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Prop, Values, from_api, to_api
from sandbox.provider.server import RefusedError


class FlowLog(Ec2Resource):
    """Nothing but its tags changes in place."""

    token = "aws:ec2/flowLog:FlowLog"
    kind = "vpc-flow-log"
    api = ("ec2", "CreateFlowLogs")
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(api=None, replace=True),
        "subnetId": Prop(api=None, replace=True),
        "eniId": Prop(api=None, replace=True),
        "trafficType": Prop(replace=True),
        "iamRoleArn": Prop(api="DeliverLogsPermissionArn", replace=True),
        "logDestination": Prop(replace=True, computed=True),
        "logDestinationType": Prop(
            replace=True, default="cloud-watch-logs", choices=("cloud-watch-logs", "s3", "kinesis-data-firehose")
        ),
        "logFormat": Prop(replace=True, computed=True),
        "maxAggregationInterval": Prop(kind=INT, replace=True, default=600, choices=(60, 600)),
        "destinationOptions": Prop(
            kind=Block(
                {
                    "fileFormat": Prop(default="plain-text", choices=("plain-text", "parquet")),
                    "hiveCompatiblePartitions": Prop(kind=BOOL, default=False),
                    "perHourPartition": Prop(kind=BOOL, default=False),
                }
            ),
            replace=True,
            computed=True,
        ),
    }
    outputs = ("arn",)

    _OF: ClassVar[Mapping[str, tuple[str, str]]] = {
        "vpcId": ("VPC", "vpc-"),
        "subnetId": ("Subnet", "subnet-"),
        "eniId": ("NetworkInterface", "eni-"),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        given = [name for name in self._OF if values.get(name) is not None]
        if len(given) != 1:
            yield "vpcId", f"exactly one of {', '.join(self._OF)} must be given, got {given}"
        if values.get("trafficType") is None:
            yield "trafficType", "trafficType must be given: ACCEPT, REJECT or ALL"
        if values.get("logDestination") is None:
            yield "logDestination", "logDestination must be given: the ARN of a log group, bucket or delivery stream"
        to_logs = values.get("logDestinationType") == "cloud-watch-logs"
        if to_logs and values.get("iamRoleArn") is None:
            yield "iamRoleArn", "a flow log to CloudWatch Logs needs iamRoleArn, a role that may write there"
        if values.get("destinationOptions") is not None and values.get("logDestinationType") not in ("s3", UNKNOWN):
            yield "destinationOptions", "destinationOptions belong to logDestinationType=s3"

    def create(self, account: Account, values: Values) -> str:
        name, (resource_type, _) = next((n, of) for n, of in self._OF.items() if values.get(n))
        request = to_api(self.props, values)
        request["LogDestination"] = request["LogDestination"].removesuffix(":*")
        answer = account.ec2.create_flow_logs(
            ResourceType=resource_type, ResourceIds=[values[name]], **request, **self.tag_specifications(values)
        )
        for failed in answer.get("Unsuccessful", []):
            raise RefusedError(f"CreateFlowLogs: {failed['Error']['Code']}: {failed['Error']['Message']}")
        return str(answer["FlowLogIds"][0])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        log = one(lambda: account.ec2.describe_flow_logs(FlowLogIds=[id_])["FlowLogs"])
        if not log:
            return None
        given = values.get("logDestination") or ""
        seen: dict[str, Any] = from_api(self.props, log)
        return {
            **seen,
            **{n: log["ResourceId"] if log["ResourceId"].startswith(of[1]) else "" for n, of in self._OF.items()},
            "logDestination": given if given.removesuffix(":*") == seen["logDestination"] else seen["logDestination"],
            "arn": account.arn("ec2", f"vpc-flow-log/{id_}"),
            "tagsAll": tags.as_map(log.get("Tags")),
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_flow_logs(FlowLogIds=[id_])


TYPES = (FlowLog(),)
FUNCTIONS = ()
