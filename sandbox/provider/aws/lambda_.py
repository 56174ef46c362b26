"""Lambda: functions and who may call them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import assets, names, tags
from sandbox.provider.schema import (
    ASSET,
    BOOL,
    INT,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Block,
    Function,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

READY_SECONDS = 600  # the provider's own bound for a function to become active or take a change
CODE_ONLY = "Lambda keeps the code, not where it came from"
LATEST = "$LATEST"

CONFIGURATION: Mapping[str, Prop] = {
    "deadLetterConfig": Prop(
        kind=Block({"targetArn": Prop(required=True)}), kept="moto 5.2.5 takes the setting and forgets it"
    ),
    "description": Prop(),
    "environment": Prop(kind=Block({"variables": Prop(kind=Map())})),
    "ephemeralStorage": Prop(kind=Block({"size": Prop(kind=INT, low=512, high=10_240)}), computed=True),
    "handler": Prop(),
    "kmsKeyArn": Prop(api="KMSKeyArn"),
    "layers": Prop(kind=Many(ordered=True), api=None),
    "memorySize": Prop(kind=INT, default=128, low=128, high=10_240),
    "role": Prop(required=True),
    "runtime": Prop(),
    "timeout": Prop(kind=INT, default=3, low=1, high=900),
    "tracingConfig": Prop(kind=Block({"mode": Prop(required=True)}), computed=True),
    "vpcConfig": Prop(
        kind=Block(
            {
                "securityGroupIds": Prop(kind=Many(), required=True),
                "subnetIds": Prop(kind=Many(), required=True),
                "vpcId": Prop(computed=True),
            }
        ),
        api=None,
    ),
}
"""What UpdateFunctionConfiguration changes."""
CODE = ("architectures", "code", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash")
"""What UpdateFunctionCode changes."""


class LambdaFunction(Resource):
    token = "aws:lambda/function:Function"
    auto_name = AutoName(limit=64, conflicts=())
    tagged = True
    api = ("lambda", "CreateFunction")
    props: ClassVar[Mapping[str, Prop]] = {
        **CONFIGURATION,
        "name": Prop(api="FunctionName", replace=True, computed=True),
        "architectures": Prop(kind=Many(), computed=True),
        "code": Prop(kind=ASSET, api=None, kept=CODE_ONLY, conflicts=("s3Bucket",)),
        "packageType": Prop(replace=True, default="Zip", choices=("Zip",)),
        "publish": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "reservedConcurrentExecutions": Prop(kind=INT, api=None, default=-1, low=-1),
        "s3Bucket": Prop(api=None, kept=CODE_ONLY, conflicts=("code",)),
        "s3Key": Prop(api=None, kept=CODE_ONLY),
        "s3ObjectVersion": Prop(api=None, kept=CODE_ONLY),
        "skipDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "sourceCodeHash": Prop(api=None, computed=True, kept=PROVIDER_SIDE),
    }
    outputs = (
        "arn",
        "codeSha256",
        "invokeArn",
        "lastModified",
        "qualifiedArn",
        "qualifiedInvokeArn",
        "responseStreamingInvokeArn",
        "signingJobArn",
        "signingProfileVersionArn",
        "sourceCodeSize",
        "version",
    )

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if not values.keys() & {"code", "s3Bucket"}:
            yield "code", "a function needs its code: give code, or s3Bucket with s3Key"
        if "s3Bucket" in values and "s3Key" not in values:
            yield "s3Key", "s3Bucket needs s3Key, the object in it that holds the code"
        for name in ("handler", "runtime"):
            if values.get(name) is None:
                yield name, f"a function from a zip file needs {name}"
        if values.get("code") not in (None, UNKNOWN):
            try:
                assets.content(values["code"])
            except RefusedError as error:
                yield "code", f"code: {error}"

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        """An environment without variables is none."""
        environment = new.get("environment")
        if isinstance(environment, dict) and not environment.get("variables") and old.get("environment") is None:
            yield "environment"

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        if changed & set(CODE):
            yield from ("codeSha256", "lastModified", "sourceCodeSize")
        if new["publish"] and changed - {"tags", "tagsAll"}:
            yield from ("qualifiedArn", "qualifiedInvokeArn", "version")

    def _code(self, values: Values) -> dict[str, Any]:
        if values.get("code") is not None:
            return {"ZipFile": assets.content(values["code"])}
        names_ = {
            "imageUri": "ImageUri",
            "s3Bucket": "S3Bucket",
            "s3Key": "S3Key",
            "s3ObjectVersion": "S3ObjectVersion",
        }
        return {api: values[name] for name, api in names_.items() if values.get(name)}

    def _network(self, values: Values) -> dict[str, Any]:
        given = values.get("vpcConfig") or {}
        return {"SubnetIds": given.get("subnetIds", []), "SecurityGroupIds": given.get("securityGroupIds", [])}

    def create(self, account: Account, values: Values) -> str:
        sent = to_api(self.props, values)
        if values.get("layers"):
            sent["Layers"] = values["layers"]
        if values.get("vpcConfig"):
            sent["VpcConfig"] = self._network(values)
        client = account.client("lambda")
        client.create_function(
            **sent, Code=self._code(values), Publish=values["publish"], Tags=values.get("tagsAll") or {}
        )
        name = str(values["name"])
        self._settle(account, name)
        self._reserve(account, name, values)
        return name

    def _settle(self, account: Account, name: str) -> None:
        """Wait until the function is active and has taken its last change."""

        def settled() -> bool:
            configuration = account.client("lambda").get_function(FunctionName=name)["Configuration"]
            busy = (configuration.get("State") == "Pending", configuration.get("LastUpdateStatus") == "InProgress")
            return not any(busy)

        wait_for(settled, f"Lambda function {name}", READY_SECONDS)

    def _reserve(self, account: Account, name: str, values: Values) -> None:
        reserved = values["reservedConcurrentExecutions"]
        if reserved >= 0:
            account.client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        client = account.client("lambda")
        answer = found(lambda: client.get_function(FunctionName=id_))
        if answer is None:
            return None
        function = answer["Configuration"]
        versions = account.pages("lambda", "list_versions_by_function", "Versions", FunctionName=id_)
        version = versions[-1]["Version"] if values.get("publish") else LATEST
        arn = function["FunctionArn"].removesuffix(f":{LATEST}")
        invoke = f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/"
        network = function.get("VpcConfig") or {}
        storage = function.get("EphemeralStorage") or {"Size": 512}
        return {
            **{k: v for k, v in from_api(self.props, function).items() if k != "deadLetterConfig"},
            "ephemeralStorage": {"size": storage["Size"]},
            "layers": [layer["Arn"] for layer in function.get("Layers", ())],
            "vpcConfig": {
                "securityGroupIds": network["SecurityGroupIds"],
                "subnetIds": network["SubnetIds"],
                "vpcId": vpc_of(account, network["SubnetIds"][0]),
            }
            if network.get("SubnetIds")
            else None,
            "reservedConcurrentExecutions": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
            "arn": arn,
            "codeSha256": function["CodeSha256"],
            "invokeArn": f"{invoke}{arn}/invocations",
            "lastModified": function["LastModified"],
            "qualifiedArn": f"{arn}:{version}",
            "qualifiedInvokeArn": f"{invoke}{arn}:{version}/invocations",
            "responseStreamingInvokeArn": f"{invoke.replace('2015-03-31', '2021-11-15')}{arn}/response-streaming-invocations",
            "signingJobArn": "",
            "signingProfileVersionArn": "",
            "sourceCodeSize": function["CodeSize"],
            "version": version,
            "tagsAll": answer.get("Tags", {}),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        client = account.client("lambda")
        if changed & CONFIGURATION.keys():
            sent = to_api(CONFIGURATION, new)
            if "layers" in changed:
                sent["Layers"] = new.get("layers") or []
            if "vpcConfig" in changed:
                sent["VpcConfig"] = self._network(new)
            if "environment" in changed:
                sent.setdefault("Environment", {"Variables": {}})
            client.update_function_configuration(FunctionName=id_, Description=sent.pop("Description", ""), **sent)
            self._settle(account, id_)
        if changed & set(CODE):
            client.update_function_code(
                FunctionName=id_, **self._code(new), **to_api(self.props, new, ["architectures"])
            )
            self._settle(account, id_)
        if "reservedConcurrentExecutions" in changed:
            if new["reservedConcurrentExecutions"] < 0:
                client.delete_function_concurrency(FunctionName=id_)
            self._reserve(account, id_, new)
        if new["publish"] and changed & {*CONFIGURATION, *CODE, "publish"}:
            client.publish_version(FunctionName=id_)
        arn = old["arn"]
        tags.bring(
            old,
            new,
            lambda added: client.tag_resource(Resource=arn, Tags=added),
            lambda keys: client.untag_resource(Resource=arn, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if not values.get("skipDestroy"):
            account.client("lambda").delete_function(FunctionName=id_)


def vpc_of(account: Account, subnet: str) -> str:
    """The VPC that a subnet is in."""
    return str(account.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"])


class Permission(Resource):
    """A statement in a function's policy."""

    token = "aws:lambda/permission:Permission"
    auto_name = AutoName(prop="statementId", limit=100, conflicts=("statementIdPrefix",))
    api = ("lambda", "AddPermission")
    props: ClassVar[Mapping[str, Prop]] = {
        "action": Prop(required=True, replace=True),
        "function": Prop(api="FunctionName", required=True, replace=True),
        "principal": Prop(required=True, replace=True),
        "principalOrgId": Prop(api="PrincipalOrgID", replace=True),
        "sourceAccount": Prop(replace=True),
        "sourceArn": Prop(replace=True),
        "statementId": Prop(replace=True, computed=True, conflicts=("statementIdPrefix",)),
        "statementIdPrefix": Prop(api=None, replace=True, computed=True, conflicts=("statementId",)),
    }

    def create(self, account: Account, values: Values) -> str:
        statement = names.chosen(values, "statementId", "statementIdPrefix")
        account.client("lambda").add_permission(**{**to_api(self.props, values), "StatementId": statement})
        return statement

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        function, _, statement = id_.rpartition("/")  # an import gives both
        function = values.get("function") or function
        answer = found(lambda: account.client("lambda").get_policy(FunctionName=function))
        statements = json.loads(answer["Policy"])["Statement"] if answer else ()
        seen = next((s for s in statements if s["Sid"] == statement), None)
        if seen is None:
            return None
        principal = seen["Principal"]
        conditions = {k.lower(): v for operator in seen.get("Condition", {}).values() for k, v in operator.items()}
        return {
            "action": seen["Action"],
            "function": function,
            "principal": principal if isinstance(principal, str) else next(iter(principal.values())),
            "principalOrgId": conditions.get("aws:principalorgid"),
            "sourceAccount": conditions.get("aws:sourceaccount"),
            "sourceArn": conditions.get("aws:sourcearn"),
            "statementId": statement,
            "statementIdPrefix": names.prefix_of(statement),
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.client("lambda").remove_permission(FunctionName=values["function"], StatementId=values["statementId"])


TYPES = (LambdaFunction(), Permission())
FUNCTIONS: tuple[Function, ...] = ()
