"""Secrets Manager: secrets and their values."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, policies, tags
from sandbox.provider.schema import (
    INT,
    JSON,
    AutoName,
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

CURRENT = "AWSCURRENT"


class Secret(Resource):
    token = "aws:secretsmanager/secret:Secret"
    auto_name = AutoName()
    tagged = True
    api = ("secretsmanager", "CreateSecret")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "description": Prop(),
        "kmsKeyId": Prop(),
        "policy": Prop(kind=JSON, api=None, computed=True),
        "recoveryWindowInDays": Prop(
            kind=INT, api=None, default=30, kept="AWS hears of it when the secret is deleted, not before"
        ),
    }
    outputs = ("arn",)

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "policy", "resource")
        window = values["recoveryWindowInDays"]
        if isinstance(window, int) and window != 0 and not 7 <= window <= 30:
            yield (
                "recoveryWindowInDays",
                f"recoveryWindowInDays is 7 to 30, or 0 to delete the secret at once for good, got {window}",
            )

    def create(self, account: Account, values: Values) -> str:
        sent = {**to_api(self.props, values), "Name": names.chosen(values)}
        if values.get("tagsAll"):
            sent["Tags"] = tags.as_list(values["tagsAll"])
        arn = str(account.secretsmanager.create_secret(**sent)["ARN"])
        if values.get("policy"):
            account.secretsmanager.put_resource_policy(SecretId=arn, ResourcePolicy=values["policy"])
        return arn

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        secret = found(lambda: account.secretsmanager.describe_secret(SecretId=id_))
        if secret is None or "DeletedDate" in secret:
            return None
        return {
            **from_api(self.props, secret),
            "namePrefix": names.prefix_of(secret["Name"]),
            "policy": account.secretsmanager.get_resource_policy(SecretId=id_).get("ResourcePolicy", ""),
            "arn": secret["ARN"],
            "tagsAll": tags.as_map(secret.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & {"description", "kmsKeyId"}:
            sent = {"Description": "", **to_api(self.props, new, ["description", "kmsKeyId"])}
            account.secretsmanager.update_secret(SecretId=id_, **sent)
        if "policy" in changed:
            if new["policy"] in ("", "{}"):
                account.secretsmanager.delete_resource_policy(SecretId=id_)
            else:
                account.secretsmanager.put_resource_policy(SecretId=id_, ResourcePolicy=new["policy"])
        tags.bring(
            old,
            new,
            lambda added: account.secretsmanager.tag_resource(SecretId=id_, Tags=tags.as_list(added)),
            lambda keys: account.secretsmanager.untag_resource(SecretId=id_, TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        window = values["recoveryWindowInDays"]
        how: dict[str, Any] = {"RecoveryWindowInDays": window} if window else {"ForceDeleteWithoutRecovery": True}
        account.secretsmanager.delete_secret(SecretId=id_, **how)


class SecretVersion(Resource):
    """A value of a secret. A version is never deleted: it only loses the labels by which it is found."""

    token = "aws:secretsmanager/secretVersion:SecretVersion"
    adopted = True
    api = ("secretsmanager", "PutSecretValue")
    props: ClassVar[Mapping[str, Prop]] = {
        "secretId": Prop(required=True, replace=True),
        "secretBinary": Prop(api=None, replace=True, secret=True, conflicts=("secretString",)),
        "secretString": Prop(replace=True, secret=True, conflicts=("secretBinary",)),
        "versionStages": Prop(kind=Many(), computed=True),
    }
    outputs = ("arn", "hasSecretStringWo", "secretArn", "versionId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if not values.keys() & {"secretBinary", "secretString"}:
            yield "secretString", "a version holds a value: give secretString or secretBinary (base64)"

    def create(self, account: Account, values: Values) -> str:
        sent = to_api(self.props, values)
        if values.get("secretBinary") is not None:
            sent["SecretBinary"] = base64.b64decode(values["secretBinary"])
        version = account.secretsmanager.put_secret_value(**sent)["VersionId"]
        return f"{values['secretId']}|{version}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        secret, version = id_.split("|")
        described = found(lambda: account.secretsmanager.describe_secret(SecretId=secret))
        if described is None or "DeletedDate" in described:
            return None
        seen = found(lambda: account.secretsmanager.get_secret_value(SecretId=secret, VersionId=version))
        if seen is None:
            return None
        binary = seen.get("SecretBinary")
        return {
            **from_api(self.props, seen),
            "secretId": secret,
            "secretBinary": base64.b64encode(binary).decode() if binary else None,
            "arn": seen["ARN"],
            "hasSecretStringWo": False,
            "secretArn": seen["ARN"],
            "versionId": version,
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        secret, version = id_.split("|")
        before, after = set(old.get("versionStages") or ()), set(new.get("versionStages") or ())
        for stage in sorted(after - before):
            holder = self._holder(account, secret, stage)
            moved = {"RemoveFromVersionId": holder} if holder else {}
            account.secretsmanager.update_secret_version_stage(
                SecretId=secret, VersionStage=stage, MoveToVersionId=version, **moved
            )
        for stage in sorted(before - after - {CURRENT}):
            account.secretsmanager.update_secret_version_stage(
                SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
            )

    def _holder(self, account: Account, secret: str, stage: str) -> str | None:
        """The version that has a label now."""
        versions = account.secretsmanager.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
        return next((version for version, stages in versions.items() if stage in stages), None)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Take the version's labels away, but for AWSCURRENT, which a secret cannot be without."""
        secret, version = id_.split("|")
        versions = account.secretsmanager.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
        for stage in versions.get(version, ()):
            if stage != CURRENT:
                account.secretsmanager.update_secret_version_stage(
                    SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
                )


def moment(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def get_secret(account: Account, args: Values) -> Values:
    which = args.get("arn") or args.get("name")
    if not which:
        raise RefusedError("getSecret needs arn or name: give one of the two")
    secret = account.secretsmanager.describe_secret(SecretId=which)
    return {
        "id": secret["ARN"],
        "arn": secret["ARN"],
        "createdDate": moment(secret.get("CreatedDate")),
        "description": secret.get("Description", ""),
        "kmsKeyId": secret.get("KmsKeyId", ""),
        "lastChangedDate": moment(secret.get("LastChangedDate")),
        "name": secret["Name"],
        "policy": account.secretsmanager.get_resource_policy(SecretId=which).get("ResourcePolicy", ""),
        "tags": tags.as_map(secret.get("Tags")),
        "type": "",
    }


def get_secret_version(account: Account, args: Values) -> Values:
    which = {"VersionId": args["versionId"]} if args.get("versionId") else {"VersionStage": args["versionStage"]}
    value = account.secretsmanager.get_secret_value(SecretId=args["secretId"], **which)
    binary = value.get("SecretBinary")
    return {
        "id": f"{args['secretId']}|{args.get('versionId') or args['versionStage']}",
        "arn": value["ARN"],
        "createdDate": moment(value.get("CreatedDate")),
        "secretArn": value["ARN"],
        "secretBinary": base64.b64encode(binary).decode() if binary else "",
        "secretString": value.get("SecretString", ""),
        "versionId": value["VersionId"],
        "versionStages": value["VersionStages"],
    }


TYPES = (Secret(), SecretVersion())
FUNCTIONS = (
    Function(
        "aws:secretsmanager/getSecret:getSecret",
        {"arn": Prop(), "name": Prop(), "tags": Prop(kind=Map())},
        get_secret,
    ),
    Function(
        "aws:secretsmanager/getSecretVersion:getSecretVersion",
        {"secretId": Prop(required=True), "versionId": Prop(), "versionStage": Prop(default=CURRENT)},
        get_secret_version,
    ),
)
