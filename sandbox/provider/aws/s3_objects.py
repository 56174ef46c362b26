"""S3: objects whose content the program gives."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import ClassVar
from urllib.parse import urlencode

from sandbox.provider.account import Account, found
from sandbox.provider.aws import assets, tags
from sandbox.provider.aws.s3 import empty
from sandbox.provider.schema import (
    ASSET,
    BOOL,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Map,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

BYTES_ONLY = "S3 keeps the bytes, not how the program gave them"
SOURCES = ("content", "contentBase64", "source")

COMMON: Mapping[str, Prop] = {
    "bucket": Prop(required=True, replace=True),
    "key": Prop(replace=True, computed=True),
    "acl": Prop(
        api="ACL",
        computed=True,
        kept="S3 turns a canned list into grants, which do not tell its name",
        choices=(
            "private",
            "public-read",
            "public-read-write",
            "authenticated-read",
            "aws-exec-read",
            "bucket-owner-read",
            "bucket-owner-full-control",
        ),
    ),
    "bucketKeyEnabled": Prop(kind=BOOL, computed=True),
    "cacheControl": Prop(),
    "content": Prop(api=None, conflicts=("contentBase64", "source"), kept=BYTES_ONLY),
    "contentBase64": Prop(api=None, conflicts=("content", "source"), kept=BYTES_ONLY),
    "contentDisposition": Prop(),
    "contentEncoding": Prop(),
    "contentLanguage": Prop(),
    "contentType": Prop(computed=True),
    "etag": Prop(api=None, computed=True, conflicts=("kmsKeyId",)),
    "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    "kmsKeyId": Prop(api="SSEKMSKeyId", computed=True, conflicts=("etag",)),
    "metadata": Prop(kind=Map()),
    "serverSideEncryption": Prop(computed=True),
    "source": Prop(kind=ASSET, api=None, conflicts=("content", "contentBase64"), kept=BYTES_ONLY),
    "sourceHash": Prop(api=None, kept=PROVIDER_SIDE),
    "storageClass": Prop(computed=True),
    "websiteRedirect": Prop(api="WebsiteRedirectLocation"),
}


class S3Object(Resource):
    """An object; any change but of its tags or access control list puts it again."""

    tagged = True
    auto_name = AutoName(prop="key", limit=1024, separator="", hex_digits=0, conflicts=())
    api = ("s3", "PutObject")
    checksums: ClassVar[Mapping[str, str]] = {}
    """The outputs that are checksums, by their names in the AWS API."""

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        metadata = values.get("metadata")
        for key in metadata if isinstance(metadata, dict) else ():
            if key != key.lower():
                yield "metadata", f"keys of metadata are in lower case, got {key!r}: write {key.lower()!r}"
        source, encoded = values.get("source"), values.get("contentBase64")
        if source is not None and source is not UNKNOWN:
            try:
                self._bytes(values)
            except RefusedError as error:
                yield "source", f"source: {error}"
        if isinstance(encoded, str):
            try:
                base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                yield "contentBase64", f"contentBase64 is no base64: {error}"

    def _bytes(self, values: Values) -> bytes:
        if values.get("content") is not None:
            return str(values["content"]).encode()
        if values.get("contentBase64") is not None:
            return base64.b64decode(values["contentBase64"])
        return assets.content(values["source"]) if values.get("source") is not None else b""

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("etag", "versionId", *self.checksums) if changed & {*SOURCES, "sourceHash", "etag"} else ()

    def _put(self, account: Account, values: Values) -> None:
        sent = {"ContentType": "application/octet-stream", **to_api(self.props, values)}
        if values.get("kmsKeyId"):
            sent["ServerSideEncryption"] = "aws:kms"
        if values.get("tagsAll"):
            sent["Tagging"] = urlencode(values["tagsAll"])
        account.s3.put_object(**sent, Body=self._bytes(values))

    def create(self, account: Account, values: Values) -> str:
        self._put(account, values)
        return f"{values['bucket']}/{values['key']}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        bucket, key = id_.split("/", 1)
        which = {"Bucket": bucket, "Key": key}
        seen = found(lambda: account.s3.head_object(**which, ChecksumMode="ENABLED"))
        if seen is None:
            return None
        result = {
            **from_api(self.props, seen),
            "bucket": bucket,
            "key": key,
            "etag": seen["ETag"].strip('"'),
            "metadata": seen["Metadata"],
            "serverSideEncryption": seen.get("ServerSideEncryption", "AES256"),
            "storageClass": seen.get("StorageClass", "STANDARD"),
            "arn": f"arn:aws:s3:::{bucket}/{key}",
            "versionId": "" if seen.get("VersionId") in (None, "null") else seen["VersionId"],
            **{output: seen.get(name, "") for output, name in self.checksums.items()},
            "tagsAll": tags.as_map(account.s3.get_object_tagging(**which)["TagSet"]),
        }
        return {k: v for k, v in result.items() if not (k in self.props and self.props[k].kept)}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        which = {"Bucket": new["bucket"], "Key": new["key"]}
        if changed - {"acl", "forceDestroy", "tags", "tagsAll"}:
            self._put(account, new)
        elif "tagsAll" in changed:
            account.s3.put_object_tagging(**which, Tagging={"TagSet": tags.as_list(new["tagsAll"])})
        if "acl" in changed:
            account.s3.put_object_acl(**which, ACL=new["acl"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Delete the object, in all its versions where it has any."""
        if values.get("versionId"):
            empty(account, values["bucket"], values["key"])
        else:
            account.s3.delete_object(Bucket=values["bucket"], Key=values["key"])


class BucketObjectv2(S3Object):
    token = "aws:s3/bucketObjectv2:BucketObjectv2"
    checksums: ClassVar[Mapping[str, str]] = {
        "checksumCrc32": "ChecksumCRC32",
        "checksumCrc32c": "ChecksumCRC32C",
        "checksumCrc64nvme": "ChecksumCRC64NVME",
        "checksumSha1": "ChecksumSHA1",
        "checksumSha256": "ChecksumSHA256",
    }
    props: ClassVar[Mapping[str, Prop]] = {
        **COMMON,
        "checksumAlgorithm": Prop(
            kept="the object shows its checksums; the provider does not read which was asked for"
        ),
    }
    outputs = ("arn", "versionId", *checksums)


class BucketObject(S3Object):
    token = "aws:s3/bucketObject:BucketObject"
    props: ClassVar[Mapping[str, Prop]] = COMMON
    outputs = ("arn", "versionId")


TYPES = (BucketObjectv2(), BucketObject())
FUNCTIONS = ()
