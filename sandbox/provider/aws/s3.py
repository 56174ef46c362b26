"""S3: buckets and their configurations."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import names, policies, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    JSON,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Block,
    Function,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

HOSTED_ZONES = {
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-northeast-2": "Z3W03O7B5YMIYP",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ca-central-1": "Z1QDHH18159H29",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "sa-east-1": "Z7KQH4QJS55SO",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""Route 53's zones of bucket websites ("Amazon S3 endpoints and quotas", AWS General Reference)."""

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # "General purpose bucket naming rules", S3 user guide

BATCH = 1000  # objects that one call deletes at most (DeleteObjects, API reference)


class Bucket(Resource):
    """A bucket. Its inline configurations, deprecated in pulumi-aws, are refused: each is a resource of its own."""

    token = "aws:s3/bucket:Bucket"
    auto_name = AutoName(prop="bucket", limit=63, lower=True, conflicts=("bucketPrefix",))
    tagged = True
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": Prop(api=None, replace=True, computed=True, conflicts=("bucketPrefix",)),
        "bucketPrefix": Prop(api=None, replace=True, computed=True, conflicts=("bucket",)),
        "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "objectLockEnabled": Prop(kind=BOOL, api=None, replace=True, computed=True),
    }
    outputs = (
        "arn",
        "bucketDomainName",
        "bucketRegion",
        "bucketRegionalDomainName",
        "hostedZoneId",
        "websiteDomain",
        "websiteEndpoint",
    )

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        name = values.get("bucket")
        if isinstance(name, str) and not BUCKET_NAME.fullmatch(name):
            yield (
                "bucket",
                f"a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, got {name!r}: rename it",
            )

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values, "bucket", "bucketPrefix")
        given: dict[str, Any] = {"Bucket": name}
        if account.region != "us-east-1":
            given["CreateBucketConfiguration"] = {"LocationConstraint": account.region}
        if values.get("objectLockEnabled"):
            given["ObjectLockEnabledForBucket"] = True
        account.s3.create_bucket(**given)
        self._tag(account, name, values)
        return name

    def _tag(self, account: Account, name: str, values: Values) -> None:
        if values.get("tagsAll"):
            account.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags.as_list(values["tagsAll"])})
        else:
            account.s3.delete_bucket_tagging(Bucket=name)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        if found(lambda: account.s3.head_bucket(Bucket=id_)) is None:
            return None
        region = account.s3.get_bucket_location(Bucket=id_)["LocationConstraint"] or "us-east-1"
        lock = found(lambda: account.s3.get_object_lock_configuration(Bucket=id_))
        tag_set = found(lambda: account.s3.get_bucket_tagging(Bucket=id_)["TagSet"])
        return {
            "bucket": id_,
            "bucketPrefix": names.prefix_of(id_),
            "objectLockEnabled": lock is not None,
            **addresses(id_, region),
            "bucketRegion": region,
            "tagsAll": tags.as_map(tag_set),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "tagsAll" in changed:
            self._tag(account, id_, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Delete the bucket; AWS refuses while it holds an object, which `forceDestroy` deletes in all its versions."""
        if values.get("forceDestroy"):
            empty(account, id_)
        account.s3.delete_bucket(Bucket=id_)


def addresses(bucket: str, region: str) -> Values:
    """The outputs that follow from a bucket's name and region. It has no website of its own here."""
    return {
        "arn": f"arn:aws:s3:::{bucket}",
        "bucketDomainName": f"{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{bucket}.s3.{region}.amazonaws.com",
        "hostedZoneId": HOSTED_ZONES.get(region, ""),
        "websiteDomain": "",
        "websiteEndpoint": "",
    }


def empty(account: Account, bucket: str, key: str | None = None) -> None:
    """Delete every version and delete marker in a bucket, or those of one key."""
    within = {"Prefix": key} if key else {}
    versions = [
        {"Key": version["Key"], "VersionId": version["VersionId"]}
        for page in account.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **within)
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        if key in (None, version["Key"])
    ]
    for start in range(0, len(versions), BATCH):
        account.s3.delete_objects(Bucket=bucket, Delete={"Objects": versions[start : start + BATCH], "Quiet": True})


class BucketConfiguration(Resource):
    """A configuration of a bucket, put as a whole; its id is the bucket's name."""

    def put(self, account: Account, values: Values) -> None:
        """Put the configuration that `values` says."""
        raise NotImplementedError

    def create(self, account: Account, values: Values) -> str:
        self.put(account, values)
        return str(values["bucket"])

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self.put(account, new)


BUCKET = Prop(required=True, replace=True)
"""The bucket that a configuration belongs to."""


class BucketPolicy(BucketConfiguration):
    token = "aws:s3/bucketPolicy:BucketPolicy"
    props: ClassVar[Mapping[str, Prop]] = {"bucket": BUCKET, "policy": Prop(kind=JSON, required=True)}

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from policies.check(values, "policy", "resource")
        if values["bucket"] is not UNKNOWN:
            yield from policies.check_resources(
                values, "policy", rf"arn:[\w-]+:s3:::{re.escape(values['bucket'])}(/.*)?"
            )

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_policy(Bucket=values["bucket"], Policy=values["policy"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_policy(Bucket=id_))
        return None if answer is None else {"bucket": id_, "policy": answer["Policy"]}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.delete_bucket_policy(Bucket=id_)


class BucketPublicAccessBlock(BucketConfiguration):
    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    settings: ClassVar[Mapping[str, Prop]] = {
        "blockPublicAcls": Prop(kind=BOOL, default=False),
        "blockPublicPolicy": Prop(kind=BOOL, default=False),
        "ignorePublicAcls": Prop(kind=BOOL, default=False),
        "restrictPublicBuckets": Prop(kind=BOOL, default=False),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        **settings,
        "skipDestroy": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
    }

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_public_access_block(
            Bucket=values["bucket"], PublicAccessBlockConfiguration=to_api(self.settings, values)
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_public_access_block(Bucket=id_))
        return (
            None
            if answer is None
            else {"bucket": id_, **from_api(self.settings, answer["PublicAccessBlockConfiguration"])}
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if not values.get("skipDestroy"):
            account.s3.delete_public_access_block(Bucket=id_)


class BucketOwnershipControls(BucketConfiguration):
    token = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "rule": Prop(
            kind=Block(
                {
                    "objectOwnership": Prop(
                        required=True, choices=("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
                    )
                }
            ),
            required=True,
        ),
    }

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_ownership_controls(
            Bucket=values["bucket"],
            OwnershipControls={"Rules": [{"ObjectOwnership": values["rule"]["objectOwnership"]}]},
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_ownership_controls(Bucket=id_))
        if answer is None:
            return None
        [rule] = answer["OwnershipControls"]["Rules"]
        return {"bucket": id_, "rule": {"objectOwnership": rule["ObjectOwnership"]}}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.delete_bucket_ownership_controls(Bucket=id_)


class BucketServerSideEncryptionConfiguration(BucketConfiguration):
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    api = ("s3", "PutBucketEncryption")
    rule: ClassVar[Mapping[str, Prop]] = {
        "applyServerSideEncryptionByDefault": Prop(
            kind=Block(
                {
                    "sseAlgorithm": Prop(
                        api="SSEAlgorithm", required=True, choices=("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx")
                    ),
                    "kmsMasterKeyId": Prop(api="KMSMasterKeyID"),
                }
            )
        ),
        "blockedEncryptionTypes": Prop(kind=Many(), api=None),
        "bucketKeyEnabled": Prop(kind=BOOL),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "rules": Prop(kind=Many(Block(rule)), api=None, required=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for rule in known_items(values["rules"]):
            default = rule.get("applyServerSideEncryptionByDefault")
            if isinstance(default, dict) and default["sseAlgorithm"] == "AES256" and default.get("kmsMasterKeyId"):
                yield (
                    "rules",
                    "rules: AES256 uses no KMS key: set sseAlgorithm to aws:kms, or leave kmsMasterKeyId out",
                )

    def put(self, account: Account, values: Values) -> None:
        rules = []
        for rule in values["rules"]:
            sent = to_api(self.rule, rule)
            if rule.get("blockedEncryptionTypes"):
                sent["BlockedEncryptionTypes"] = {"EncryptionType": rule["blockedEncryptionTypes"]}
            rules.append(sent)
        account.s3.put_bucket_encryption(Bucket=values["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_encryption(Bucket=id_))
        if answer is None:
            return None
        rules = []
        for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]:
            seen = from_api(self.rule, rule)
            seen["blockedEncryptionTypes"] = rule.get("BlockedEncryptionTypes", {}).get("EncryptionType")
            rules.append({k: v for k, v in seen.items() if v is not None})
        return {"bucket": id_, "rules": rules}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Return to AWS's own encryption, which no bucket is without."""
        account.s3.delete_bucket_encryption(Bucket=id_)


class BucketVersioning(BucketConfiguration):
    token = "aws:s3/bucketVersioning:BucketVersioning"
    adopted = True
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "versioningConfiguration": Prop(
            kind=Block({"status": Prop(required=True, choices=("Enabled", "Suspended", "Disabled"))}), required=True
        ),
    }

    def put(self, account: Account, values: Values) -> None:
        status = values["versioningConfiguration"]["status"]
        if status != "Disabled":
            account.s3.put_bucket_versioning(Bucket=values["bucket"], VersioningConfiguration={"Status": status})

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_versioning(Bucket=id_))
        if answer is None:
            return None
        return {"bucket": id_, "versioningConfiguration": {"status": answer.get("Status", "Disabled")}}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if new["versioningConfiguration"]["status"] == "Disabled":
            raise RefusedError(
                f"versioningConfiguration.status of bucket {id_} cannot go from "
                f"{old['versioningConfiguration']['status']} to Disabled: use Suspended"
            )
        self.put(account, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Suspend versioning: a bucket that once had it never loses it."""
        if values["versioningConfiguration"]["status"] != "Disabled":
            account.s3.put_bucket_versioning(Bucket=id_, VersioningConfiguration={"Status": "Suspended"})


class BucketLogging(BucketConfiguration):
    token = "aws:s3/bucketLogging:BucketLogging"
    target: ClassVar[Mapping[str, Prop]] = {
        "targetBucket": Prop(required=True),
        "targetPrefix": Prop(required=True),
        "targetObjectKeyFormat": Prop(
            kind=Block(
                {
                    "partitionedPrefix": Prop(
                        kind=Block({"partitionDateSource": Prop(required=True, choices=("EventTime", "DeliveryTime"))})
                    ),
                    "simplePrefix": Prop(kind=Block({})),
                }
            )
        ),
    }
    props: ClassVar[Mapping[str, Prop]] = {"bucket": BUCKET, **target}

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_logging(
            Bucket=values["bucket"], BucketLoggingStatus={"LoggingEnabled": to_api(self.target, values)}
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_logging(Bucket=id_))
        if answer is None or "LoggingEnabled" not in answer:
            return None
        return {"bucket": id_, **from_api(self.target, answer["LoggingEnabled"])}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.put_bucket_logging(Bucket=id_, BucketLoggingStatus={})


class BucketAcl(BucketConfiguration):
    token = "aws:s3/bucketAcl:BucketAcl"
    adopted = True
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "acl": Prop(
            required=True,
            choices=("private", "public-read", "public-read-write", "authenticated-read"),
            kept="AWS turns a canned list into grants, which do not tell its name",
        ),
    }

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_acl(Bucket=values["bucket"], ACL=values["acl"])

    def create(self, account: Account, values: Values) -> str:
        self.put(account, values)
        return f"{values['bucket']},{values['acl']}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        bucket = id_.split(",", maxsplit=1)[0]
        return None if found(lambda: account.s3.get_bucket_acl(Bucket=bucket)) is None else {"bucket": bucket}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Nothing: a bucket that has access control lists always has one."""


METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")


class BucketCorsConfiguration(BucketConfiguration):
    token = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
    rule: ClassVar[Mapping[str, Prop]] = {
        "allowedHeaders": Prop(kind=Many()),
        "allowedMethods": Prop(kind=Many(), required=True),
        "allowedOrigins": Prop(kind=Many(), required=True),
        "exposeHeaders": Prop(kind=Many()),
        "id": Prop(api="ID"),
        "maxAgeSeconds": Prop(kind=INT),
    }
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "corsRules": Prop(kind=Many(Block(rule)), required=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for rule in known_items(values["corsRules"]):
            for method in known_items(rule["allowedMethods"]):
                if method not in METHODS:
                    yield "corsRules", f"corsRules: S3 has no method {method!r}; it has {', '.join(METHODS)}"

    def put(self, account: Account, values: Values) -> None:
        account.s3.put_bucket_cors(
            Bucket=values["bucket"],
            CORSConfiguration={"CORSRules": [to_api(self.rule, r) for r in values["corsRules"]]},
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_cors(Bucket=id_))
        if answer is None:
            return None
        rules = [from_api(self.rule, rule) for rule in answer["CORSRules"]]
        return {"bucket": id_, "corsRules": [{k: v for k, v in rule.items() if v is not None} for rule in rules]}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.delete_bucket_cors(Bucket=id_)


TARGETS = {
    "lambdaFunctions": ("lambdaFunctionArn", "LambdaFunctionConfigurations", "tf-s3-lambda-"),
    "queues": ("queueArn", "QueueConfigurations", "tf-s3-queue-"),
    "topics": ("topicArn", "TopicConfigurations", "tf-s3-topic-"),
}
"""For each kind of receiver: the property of its ARN, its name in the AWS API, and how the provider names one."""


def _receiver(arn: str) -> Prop:
    return Prop(
        kind=Many(
            Block(
                {
                    arn: Prop(required=True),
                    "events": Prop(kind=Many(), required=True),
                    "filterPrefix": Prop(api=None),
                    "filterSuffix": Prop(api=None),
                    "id": Prop(computed=True),
                }
            )
        ),
        api=None,
    )


class BucketNotification(BucketConfiguration):
    token = "aws:s3/bucketNotification:BucketNotification"
    props: ClassVar[Mapping[str, Prop]] = {
        "bucket": BUCKET,
        "eventbridge": Prop(kind=BOOL, api=None, default=False),
        **{name: _receiver(arn) for name, (arn, _, _) in TARGETS.items()},
    }

    def put(self, account: Account, values: Values) -> None:
        configuration: dict[str, Any] = {}
        for name, (_, parameter, prefix) in TARGETS.items():
            if values.get(name):
                configuration[parameter] = [self._sent(name, receiver, prefix) for receiver in values[name]]
        if values["eventbridge"]:
            configuration["EventBridgeConfiguration"] = {}
        account.s3.put_bucket_notification_configuration(
            Bucket=values["bucket"], NotificationConfiguration=configuration
        )

    def _kind(self, name: str) -> Mapping[str, Prop]:
        kind = self.props[name].kind
        assert isinstance(kind, Many)
        assert isinstance(kind.item, Block)
        return kind.item.props

    def _sent(self, name: str, receiver: Values, prefix: str) -> dict[str, Any]:
        sent = {"Id": names.chosen({"namePrefix": prefix}), **to_api(self._kind(name), receiver)}
        rules = [
            {"Name": rule, "Value": receiver[given]}
            for rule, given in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
            if receiver.get(given)
        ]
        return {**sent, "Filter": {"Key": {"FilterRules": rules}}} if rules else sent

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.s3.get_bucket_notification_configuration(Bucket=id_))
        receivers = {
            name: [self._seen(name, c) for c in (answer or {}).get(parameter, ())]
            for name, (_, parameter, _) in TARGETS.items()
        }
        eventbridge = "EventBridgeConfiguration" in (answer or {})
        if not any(receivers.values()) and not eventbridge:
            return None
        return {"bucket": id_, "eventbridge": eventbridge, **receivers}

    def _seen(self, name: str, configuration: Mapping[str, Any]) -> Values:
        rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", ())
        seen = {
            **from_api(self._kind(name), configuration),
            **{f"filter{rule['Name'].title()}": rule["Value"] for rule in rules},
        }
        return {k: v for k, v in seen.items() if v is not None}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.s3.put_bucket_notification_configuration(Bucket=id_, NotificationConfiguration={})


def get_bucket(account: Account, args: Values) -> Values:
    name = args["bucket"]
    account.s3.head_bucket(Bucket=name)
    region = account.s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1"
    return {"id": name, "bucketRegion": region, **addresses(name, region)}


TYPES = (
    Bucket(),
    BucketPolicy(),
    BucketPublicAccessBlock(),
    BucketOwnershipControls(),
    BucketServerSideEncryptionConfiguration(),
    BucketVersioning(),
    BucketLogging(),
    BucketAcl(),
    BucketCorsConfiguration(),
    BucketNotification(),
)
FUNCTIONS = (Function("aws:s3/getBucket:getBucket", {"bucket": Prop(required=True)}, get_bucket),)
