"""Samples for S3: the lifecycle of objects."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench


def bucket_lifecycle_configuration(bench: Bench) -> list[Values]:
    every = {"objectSizeGreaterThan": 10, "objectSizeLessThan": 1000, "prefix": "logs/", "tags": {"kind": "log"}}
    expire = {"status": "Enabled", "expiration": {"days": 400}}
    rules = [
        {
            "id": "all",
            "status": "Enabled",
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            "expiration": {"days": 400},
            "transitions": [
                {"days": 30, "storageClass": "STANDARD_IA"},
                {"days": 90, "storageClass": "GLACIER"},
            ],
            "noncurrentVersionExpiration": {"noncurrentDays": 90, "newerNoncurrentVersions": 3},
            "noncurrentVersionTransitions": [
                {"noncurrentDays": 30, "newerNoncurrentVersions": 2, "storageClass": "GLACIER"}
            ],
        },
        {
            "id": "date",
            "status": "Disabled",
            "prefix": "old/",
            "expiration": {"date": "2030-01-02T00:00:00Z"},
            "transitions": [{"date": "2029-01-02T00:00:00Z", "storageClass": "GLACIER"}],
        },
        {"id": "markers", "status": "Enabled", "filter": {}, "expiration": {"expiredObjectDeleteMarker": True}},
        {"id": "and", "filter": {"and": every}, **expire},
        {"id": "large", "filter": {"objectSizeGreaterThan": 10}, **expire},
        {"id": "small", "filter": {"objectSizeLessThan": 10}, **expire},
        {"id": "prefix", "filter": {"prefix": "logs/"}, **expire},
        {"id": "tag", "filter": {"tag": {"key": "kind", "value": "log"}}, **expire},
    ]
    return [
        {
            "bucket": bench.make("aws:s3/bucket:Bucket").id,
            "rules": rules,
            "timeouts": {"create": "3m", "update": "3m"},
            "transitionDefaultMinimumObjectSize": "varies_by_storage_class",
        }
    ]


SAMPLES = {
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": bucket_lifecycle_configuration,
}
