"""Key Management Service: keys and their aliases."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, policies, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    JSON,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Function,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

ENDING = ("PendingDeletion", "PendingReplicaDeletion")
"""A key in these states is gone as far as a program is concerned."""


class Key(Resource):
    token = "aws:kms/key:Key"
    tagged = True
    api = ("kms", "CreateKey")
    props: ClassVar[Mapping[str, Prop]] = {
        "bypassPolicyLockoutSafetyCheck": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "customerMasterKeySpec": Prop(api="KeySpec", replace=True, default="SYMMETRIC_DEFAULT"),
        "deletionWindowInDays": Prop(
            kind=INT, api=None, low=7, high=30, kept="AWS hears of it when the key is deleted, not before"
        ),
        "description": Prop(computed=True),
        "enableKeyRotation": Prop(kind=BOOL, api=None, default=False),
        "isEnabled": Prop(kind=BOOL, api=None, default=True),
        "keyUsage": Prop(replace=True, default="ENCRYPT_DECRYPT"),
        "multiRegion": Prop(kind=BOOL, replace=True, computed=True),
        "policy": Prop(kind=JSON, computed=True),
        "rotationPeriodInDays": Prop(kind=INT, api=None, computed=True, low=90, high=2560),
    }
    outputs = ("arn", "keyId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "policy", "resource")
        if values.get("rotationPeriodInDays") is not None and values.get("enableKeyRotation") is False:
            yield (
                "rotationPeriodInDays",
                f"rotationPeriodInDays is {values['rotationPeriodInDays']} although the key does not rotate: "
                "set enableKeyRotation to true or leave the period out",
            )
        spec = values["customerMasterKeySpec"]
        if values.get("enableKeyRotation") is True and spec not in ("SYMMETRIC_DEFAULT", UNKNOWN):
            yield (
                "enableKeyRotation",
                f"only symmetric encryption keys rotate, and customerMasterKeySpec is {spec}: leave enableKeyRotation out",
            )

    def create(self, account: Account, values: Values) -> str:
        id_ = str(
            account.kms.create_key(
                **to_api(self.props, values),
                BypassPolicyLockoutSafetyCheck=values["bypassPolicyLockoutSafetyCheck"],
                Tags=[{"TagKey": k, "TagValue": v} for k, v in (values.get("tagsAll") or {}).items()],
            )["KeyMetadata"]["KeyId"]
        )
        if values["enableKeyRotation"]:
            self._rotate(account, id_, values)
        if not values["isEnabled"]:
            account.kms.disable_key(KeyId=id_)
        return id_

    def _rotate(self, account: Account, id_: str, values: Values) -> None:
        period = values.get("rotationPeriodInDays")
        account.kms.enable_key_rotation(KeyId=id_, **({"RotationPeriodInDays": period} if period else {}))

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.kms.describe_key(KeyId=id_))
        if answer is None or answer["KeyMetadata"]["KeyState"] in ENDING:
            return None
        key = answer["KeyMetadata"]
        rotation = account.kms.get_key_rotation_status(KeyId=id_) if key["Origin"] == "AWS_KMS" else {}
        tag_list = account.kms.list_resource_tags(KeyId=id_)["Tags"]
        return {
            **from_api(self.props, key),
            "enableKeyRotation": rotation.get("KeyRotationEnabled", False),
            "rotationPeriodInDays": rotation.get("RotationPeriodInDays"),
            "isEnabled": key["Enabled"],
            "policy": account.kms.get_key_policy(KeyId=id_, PolicyName="default")["Policy"],
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "tagsAll": {t["TagKey"]: t["TagValue"] for t in tag_list},
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """A disabled key takes no changes: it is enabled first and disabled last."""
        if "isEnabled" in changed and new["isEnabled"]:
            account.kms.enable_key(KeyId=id_)
        if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
            if new["enableKeyRotation"]:
                self._rotate(account, id_, new)
            else:
                account.kms.disable_key_rotation(KeyId=id_)
        if "description" in changed:
            account.kms.update_key_description(KeyId=id_, Description=new["description"])
        if "policy" in changed:
            account.kms.put_key_policy(
                KeyId=id_,
                PolicyName="default",
                Policy=new["policy"],
                BypassPolicyLockoutSafetyCheck=new["bypassPolicyLockoutSafetyCheck"],
            )
        tags.bring(
            old,
            new,
            lambda added: account.kms.tag_resource(
                KeyId=id_, Tags=[{"TagKey": k, "TagValue": v} for k, v in added.items()]
            ),
            lambda keys: account.kms.untag_resource(KeyId=id_, TagKeys=keys),
        )
        if "isEnabled" in changed and not new["isEnabled"]:
            account.kms.disable_key(KeyId=id_)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Schedule the key's deletion: AWS deletes no key at once. Without a window it takes 30 days."""
        window = values.get("deletionWindowInDays")
        account.kms.schedule_key_deletion(KeyId=id_, **({"PendingWindowInDays": window} if window else {}))


class Alias(Resource):
    token = "aws:kms/alias:Alias"
    auto_name = AutoName(limit=238, prefix="alias/")
    api = ("kms", "CreateAlias")
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("AliasName"),
        "targetKeyId": Prop(required=True),
    }
    outputs = ("arn", "targetKeyArn")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for name in ("name", "namePrefix"):
            given = values.get(name)
            if isinstance(given, str) and not given.startswith("alias/"):
                yield name, f"{name} of an alias begins with alias/, got {given!r}: write alias/{given}"
            elif isinstance(given, str) and given.startswith("alias/aws/"):
                yield name, f"{name} {given!r}: alias/aws/ is AWS's own. Choose another name"

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        account.kms.create_alias(AliasName=name, TargetKeyId=values["targetKeyId"])
        return name

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        alias = alias_of(account, id_)
        if alias is None:
            return None
        key = alias["TargetKeyId"]
        arn = account.arn("kms", f"key/{key}")
        return {
            "name": id_,
            "namePrefix": names.prefix_of(id_),
            "targetKeyId": arn if values.get("targetKeyId") == arn else key,
            "targetKeyArn": arn,
            "arn": alias["AliasArn"],
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.kms.update_alias(AliasName=id_, TargetKeyId=new["targetKeyId"])

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("targetKeyArn",) if "targetKeyId" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.kms.delete_alias(AliasName=id_)


def alias_of(account: Account, name: str) -> dict[str, str] | None:
    """The alias of exactly that name."""
    return next((a for a in account.pages("kms", "list_aliases", "Aliases") if a["AliasName"] == name), None)


def get_key(account: Account, args: Values) -> Values:
    key = account.kms.describe_key(KeyId=args["keyId"])["KeyMetadata"]
    return {
        "id": key["KeyId"],
        "arn": key["Arn"],
        "awsAccountId": key["AWSAccountId"],
        "cloudHsmClusterId": "",
        "creationDate": key["CreationDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customKeyStoreId": "",
        "customerMasterKeySpec": key["KeySpec"],
        "deletionDate": key["DeletionDate"].strftime("%Y-%m-%dT%H:%M:%SZ") if key.get("DeletionDate") else "",
        "description": key.get("Description", ""),
        "enabled": key["Enabled"],
        "expirationModel": key.get("ExpirationModel", ""),
        "keyManager": key["KeyManager"],
        "keySpec": key["KeySpec"],
        "keyState": key["KeyState"],
        "keyUsage": key["KeyUsage"],
        "multiRegion": key.get("MultiRegion", False),
        "multiRegionConfigurations": [],
        "origin": key["Origin"],
        "pendingDeletionWindowInDays": key.get("PendingDeletionWindowInDays", 0),
        "validTo": "",
        "xksKeyConfigurations": [],
    }


def get_alias(account: Account, args: Values) -> Values:
    alias = alias_of(account, args["name"])
    if alias is None:
        raise RefusedError(f"reading KMS alias: there is none of the name {args['name']!r}")
    return {
        "id": alias["AliasArn"],
        "arn": alias["AliasArn"],
        "targetKeyArn": account.arn("kms", f"key/{alias['TargetKeyId']}"),
        "targetKeyId": alias["TargetKeyId"],
    }


TYPES = (Key(), Alias())
FUNCTIONS = (
    Function("aws:kms/getKey:getKey", {"keyId": Prop(required=True), "grantTokens": Prop(kind=Many())}, get_key),
    Function("aws:kms/getAlias:getAlias", {"name": Prop(required=True)}, get_alias),
)
