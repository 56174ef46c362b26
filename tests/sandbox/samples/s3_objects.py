"""Samples for S3: objects."""

import hashlib

from sandbox.provider.schema import Values
from tests.sandbox.assets import asset
from tests.sandbox.harness import Bench
from tests.sandbox.samples.kms import key_policy


def bucket_object(bench: Bench) -> list[Values]:
    bucket = bench.make("aws:s3/bucket:Bucket").id
    key = bench.make("aws:kms/key:Key", policy=key_policy())
    return [
        {
            "bucket": bucket,
            "key": "site/index.html",
            "acl": "private",
            "cacheControl": "max-age=60",
            "content": "<h1>Olá</h1>",
            "contentDisposition": "inline",
            "contentEncoding": "identity",
            "contentLanguage": "pt-BR",
            "contentType": "text/html",
            "etag": hashlib.md5("<h1>Olá</h1>".encode()).hexdigest(),
            "forceDestroy": True,
            "metadata": {"release": "7"},
            "serverSideEncryption": "AES256",
            "sourceHash": "any",
            "storageClass": "STANDARD_IA",
            "websiteRedirect": "/home",
            "tags": {"Name": "page"},
        },
        {"bucket": bucket, "contentBase64": "aGk=", "kmsKeyId": key["arn"], "bucketKeyEnabled": True},
        {"bucket": bucket, "source": asset(text="text")},
    ]


def bucket_objectv2(bench: Bench) -> list[Values]:
    return [{**values, "checksumAlgorithm": "SHA256"} for values in bucket_object(bench)]


SAMPLES = {
    "aws:s3/bucketObjectv2:BucketObjectv2": bucket_objectv2,
    "aws:s3/bucketObject:BucketObject": bucket_object,
}
