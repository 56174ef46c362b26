"""Zones, records, certificates: what replaces, what changes in place, what is refused, and the functions."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws import acm
from sandbox.provider.schema import UNKNOWN
from sandbox.provider.server import RefusedError
from tests.sandbox.conftest import ZONE_NAME
from tests.sandbox.harness import REGION, Bench, Made
from tests.sandbox.samples.acm import issued, self_signed
from tests.sandbox.samples.route53 import zone_id

ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
GET_ZONE = "aws:route53/getZone:getZone"
GET_CERTIFICATE = "aws:acm/getCertificate:getCertificate"


def address(bench: Bench, **values: Any) -> Made:
    """An A record in a new zone."""
    given = {"zoneId": zone_id(bench), "name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"], **values}
    return bench.make(RECORD, **given)


def records(bench: Bench, zone: str) -> list[tuple[str, str]]:
    """(name, type) of a zone's records but its own."""
    listed = bench.account.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [(r["Name"], r["Type"]) for r in listed if r["Type"] not in ("NS", "SOA")]


class TestZone:
    def test_its_servers_are_told(self, bench: Bench) -> None:
        made = bench.make(ZONE, name="hotel.example")
        assert len(made["nameServers"]) == 4
        assert made["primaryNameServer"] in made["nameServers"]
        assert made["arn"] == f"arn:aws:route53:::hostedzone/{made.id}"
        assert made["comment"] == "Managed by Pulumi"

    def test_a_final_dot_and_capitals_are_no_difference_and_another_name_replaces(self, bench: Bench) -> None:
        made = bench.make(ZONE, name="Hotel.example.")
        assert bench.differences(made) == []
        assert bench.replaced(made, name="inn.example") == {"name"}

    def test_comment_and_tags_change_in_place(self, bench: Bench) -> None:
        made = bench.change(bench.make(ZONE, name="hotel.example", tags={"a": "1"}), comment="front", tags={"b": "2"})
        assert (made["comment"], made["tagsAll"]) == ("front", {"b": "2"})

    def test_a_private_zone_moves_between_vpcs_in_place(self, bench: Bench) -> None:
        first, second = (bench.make("aws:ec2/vpc:Vpc", cidrBlock=f"10.{n}.0.0/16").id for n in (1, 2))
        made = bench.make(ZONE, name="hotel.internal", vpcs=[{"vpcId": first}])
        assert bench.change(made, vpcs=[{"vpcId": second}])["vpcs"] == [{"vpcId": second, "vpcRegion": REGION}]

    def test_a_zone_with_records_is_not_deleted_unless_forced(self, bench: Bench) -> None:
        for name, forced in (("one.example", False), ("two.example", True)):
            zone = bench.make(ZONE, name=name, forceDestroy=forced)
            bench.make(RECORD, zoneId=zone.id, name="www", type="A", ttl=60, records=["192.0.2.1"])
            if forced:
                bench.end(zone)
            else:
                with pytest.raises(ClientError, match="HostedZoneNotEmpty"):
                    bench.end(zone)


class TestRecord:
    def test_its_id_and_full_name(self, bench: Bench) -> None:
        made = address(bench, name="WWW")
        assert made.id == f"{made['zoneId']}_www_A"
        assert made["fqdn"] == "www.hotel.example"
        assert bench.differences(made, name="www") == []
        weighted = address(bench, setIdentifier="blue", weightedRoutingPolicies=[{"weight": 1}])
        assert weighted.id == f"{weighted['zoneId']}_www_A_blue"

    def test_name_and_zone_replace_it_and_nothing_else_does(self, bench: Bench) -> None:
        made = address(bench)
        assert bench.replaced(made, name="web", zoneId="Z1") == {"name", "zoneId"}
        assert bench.replaced(made, type="AAAA", records=["2001:db8::1"], ttl=300) == set()

    def test_values_and_type_change_in_place(self, bench: Bench) -> None:
        made = bench.change(address(bench), records=["192.0.2.2", "192.0.2.3"], ttl=300)
        assert (sorted(made["records"]), made["ttl"]) == (["192.0.2.2", "192.0.2.3"], 300)
        bench.change(made, type="AAAA", records=["2001:db8::1"])
        assert records(bench, made["zoneId"]) == [("www.hotel.example.", "AAAA")]

    def test_from_values_to_an_alias_in_place(self, bench: Bench) -> None:
        alias = {"name": "Balancer.example.", "zoneId": "Z2P70J7HTTTPLU", "evaluateTargetHealth": True}
        made = bench.change(address(bench), records=None, ttl=None, aliases=[alias])
        assert made["aliases"] == [alias]
        assert bench.differences(made, aliases=[{**alias, "name": "balancer.example"}]) == []
        assert bench.differences(made, aliases=[{**alias, "evaluateTargetHealth": False}])[0].replaces is False

    def test_a_record_that_exists_already_is_refused_unless_it_may_be_overwritten(self, bench: Bench) -> None:
        made = address(bench)
        other = {"zoneId": made["zoneId"], "name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.9"]}
        with pytest.raises(ClientError, match="but it already exists"):
            bench.make(RECORD, **other)
        assert bench.make(RECORD, **other, allowOverwrite=True)["records"] == ["192.0.2.9"]

    def test_a_value_that_somebody_changed_is_drift(self, bench: Bench) -> None:
        made = address(bench)
        changed = {"Name": "www.hotel.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.9"}]}
        bench.account.route53.change_resource_record_sets(
            HostedZoneId=made["zoneId"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": changed}]}
        )
        refreshed = bench.read(RECORD, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert [d.path for d in bench.differences(made)] == ["records[0]"]
        bench.end(made)

    def test_records_of_one_name_go_one_by_one(self, bench: Bench) -> None:
        zone = zone_id(bench)
        common = {"zoneId": zone, "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
        blue, green = (
            bench.make(RECORD, **common, name="www", setIdentifier=s, weightedRoutingPolicies=[{"weight": w}])
            for s, w in (("blue", 0), ("green", 100))
        )
        other = bench.make(RECORD, **common, name="api", setIdentifier="blue", weightedRoutingPolicies=[{"weight": 1}])
        bench.end(blue)
        assert records(bench, zone) == [("api.hotel.example.", "A"), ("www.hotel.example.", "A")]
        assert bench.change(green, weightedRoutingPolicies=[{"weight": 0}])["weightedRoutingPolicies"] == [
            {"weight": 0}
        ]
        bench.end(other)

    def test_a_cname_stands_alone(self, bench: Bench) -> None:
        made = address(bench)
        with pytest.raises(ClientError, match=r"RRSet of type CNAME with DNS name www.hotel.example. is not permitted"):
            bench.make(RECORD, zoneId=made["zoneId"], name="www", type="CNAME", ttl=60, records=["a.example"])

    def test_a_name_of_another_zone_stays_in_this_one(self, bench: Bench) -> None:
        assert address(bench, name="www.inn.example")["fqdn"] == "www.inn.example.hotel.example"

    def test_an_imported_record_is_found_by_its_id(self, bench: Bench) -> None:
        made = address(bench, name="_a_b", setIdentifier="blue", weightedRoutingPolicies=[{"weight": 1}])
        read = bench.read(RECORD, made.id, {})
        assert read is not None
        assert (read["name"], read["type"], read["setIdentifier"]) == ("_a_b", "A", "blue")

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"records": None}, "give exactly one of records and aliases"),
            ({"ttl": None}, "needs a ttl"),
            ({"type": "URL"}, "expected type to be one of"),
            ({"setIdentifier": "x"}, "the record has none: leave it out"),
            ({"weightedRoutingPolicies": [{"weight": 1}]}, "weightedRoutingPolicies needs setIdentifier"),
            ({"weightedRoutingPolicies": [{"weight": 1}] * 2, "setIdentifier": "x"}, "at most one entry, got 2"),
            (
                {
                    "setIdentifier": "x",
                    "multivalueAnswerRoutingPolicy": True,
                    "latencyRoutingPolicies": [{"region": REGION}],
                },
                "a record has one routing policy",
            ),
            (
                {"aliases": [{"name": "a", "zoneId": "Z", "evaluateTargetHealth": True}], "records": None},
                "aliases conflicts with ttl",
            ),
        ],
    )
    def test_what_aws_refuses_is_refused(self, values: dict[str, Any], reason: str, bench: Bench) -> None:
        given = {"zoneId": "Z1", "name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"], **values}
        assert reason in str(bench.refused(RECORD, **given))


class TestCertificate:
    def test_each_name_has_its_validation_record(self, bench: Bench) -> None:
        names = {"domainName": "hotel.example", "subjectAlternativeNames": ["*.hotel.example", "inn.example"]}
        made = bench.make(CERTIFICATE, **names, validationMethod="DNS")
        options = {o["domainName"]: o for o in made["domainValidationOptions"]}
        assert options.keys() == {"hotel.example", "*.hotel.example", "inn.example"}
        assert options["*.hotel.example"]["resourceRecordName"] == options["hotel.example"]["resourceRecordName"]
        assert options["inn.example"]["resourceRecordType"] == "CNAME"
        assert (made["status"], made["type"]) == ("PENDING_VALIDATION", "AMAZON_ISSUED")

    def test_names_algorithm_and_method_replace_it(self, bench: Bench) -> None:
        made = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS")
        assert bench.replaced(made, domainName="inn.example", keyAlgorithm="EC_prime256v1") == {
            "domainName",
            "keyAlgorithm",
        }
        assert bench.replaced(made, subjectAlternativeNames=["*.hotel.example"]) == {"subjectAlternativeNames"}
        assert bench.replaced(made, domainName=UNKNOWN) == {"domainName"}

    def test_repeating_the_domain_among_the_names_is_no_difference(self, bench: Bench) -> None:
        made = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS")
        assert bench.differences(made, subjectAlternativeNames=["hotel.example"]) == []
        assert [d.path for d in bench.differences(made, subjectAlternativeNames=[UNKNOWN])] == [
            "subjectAlternativeNames[0]"
        ]

    def test_options_and_tags_change_in_place(self, bench: Bench) -> None:
        made = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS", tags={"a": "1"})
        unlogged = {"certificateTransparencyLoggingPreference": "DISABLED"}
        changed = bench.change(made, options=unlogged, tags={"b": "2"})
        assert (changed["options"], changed["tagsAll"]) == (unlogged, {"b": "2"})

    def test_an_imported_certificate_is_renewed_in_place(self, bench: Bench) -> None:
        (body, key), (newer, newer_key) = self_signed("hotel.example"), self_signed("hotel.example")
        made = bench.make(CERTIFICATE, certificateBody=body, privateKey=key)
        changed = bench.change(made, certificateBody=newer, privateKey=newer_key)
        assert (changed.id, changed["certificateBody"], changed["type"]) == (made.id, newer, "IMPORTED")

    def test_what_cannot_be_made_is_refused(self, bench: Bench) -> None:
        assert "give exactly one of domainName and privateKey" in str(bench.refused(CERTIFICATE))
        assert "validates by DNS alone, got 'EMAIL'" in str(
            bench.refused(CERTIFICATE, domainName="hotel.example", validationMethod="EMAIL")
        )
        assert "no final dot" in str(bench.refused(CERTIFICATE, domainName="hotel.example.", validationMethod="DNS"))
        assert "needs certificateBody" in str(bench.refused(CERTIFICATE, privateKey="key"))


class TestCertificateValidation:
    def test_it_waits_for_the_record_and_its_id_is_the_moment_of_issue(self, bench: Bench) -> None:
        arn, record = issued(bench)
        made = bench.make(VALIDATION, certificateArn=arn, validationRecordFqdns=[record])
        assert made.id.endswith("Z")
        assert bench.account.acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
        assert bench.replaced(made, certificateArn="other") == {"certificateArn"}

    def test_without_the_record_it_says_what_is_missing(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(acm, "ISSUE_SECONDS", 0)
        made = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS")
        [proof] = made["domainValidationOptions"]
        record = f"{proof['resourceRecordName']} CNAME {proof['resourceRecordValue']}"
        with pytest.raises(TimeoutError, match="to be issued: its validation records must stand in public") as caught:
            bench.make(VALIDATION, certificateArn=made.id)
        assert record in str(caught.value)

    def test_a_record_left_out_of_the_list_is_refused(self, bench: Bench) -> None:
        made = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS")
        with pytest.raises(RefusedError, match=r"missing hotel.example DNS validation record: _"):
            bench.make(VALIDATION, certificateArn=made.id, validationRecordFqdns=["other.example"])

    def test_an_imported_certificate_needs_none(self, bench: Bench) -> None:
        body, key = self_signed("hotel.example")
        made = bench.make(CERTIFICATE, certificateBody=body, privateKey=key)
        with pytest.raises(RefusedError, match="no validation necessary"):
            bench.make(VALIDATION, certificateArn=made.id)

    def test_a_certificate_that_is_not_issued_is_not_validated(self, bench: Bench) -> None:
        pending = bench.make(CERTIFICATE, domainName="hotel.example", validationMethod="DNS")
        assert bench.read(VALIDATION, "2026-01-01T00:00:00Z", {"certificateArn": pending.id}) is None

    def test_a_certificate_that_is_gone_is_to_be_validated_anew(self, bench: Bench) -> None:
        arn, _ = issued(bench)
        made = bench.make(VALIDATION, certificateArn=arn)
        bench.account.acm.delete_certificate(CertificateArn=arn)
        assert bench.read(VALIDATION, made.id, made.state) is None


class TestLookups:
    def test_a_zone_is_found_by_name_and_by_id(self, bench: Bench) -> None:
        found = bench.call(GET_ZONE, name=f"{ZONE_NAME}.")
        assert (found["name"], found["privateZone"]) == (ZONE_NAME, False)
        assert bench.call(GET_ZONE, zoneId=found["zoneId"])["name"] == ZONE_NAME
        assert len(found["nameServers"]) == 4

    def test_a_private_zone_is_found_by_its_vpc_and_a_zone_by_its_tags(self, bench: Bench) -> None:
        vpc = bench.make("aws:ec2/vpc:Vpc", cidrBlock="10.1.0.0/16").id
        private = bench.make(ZONE, name="hotel.internal", vpcs=[{"vpcId": vpc}])
        tagged = bench.make(ZONE, name="hotel.internal", tags={"stage": "dev"})
        assert bench.call(GET_ZONE, name="hotel.internal", vpcId=vpc)["zoneId"] == private.id
        assert bench.call(GET_ZONE, name="hotel.internal", privateZone=True)["zoneId"] == private.id
        assert bench.call(GET_ZONE, tags={"stage": "dev"})["zoneId"] == tagged.id

    def test_none_and_several_zones_are_refused(self, bench: Bench) -> None:
        for _ in range(2):
            bench.make(ZONE, name="twice.example")
        with pytest.raises(RefusedError, match="no matching Route 53 Hosted Zone found"):
            bench.call(GET_ZONE, name="nothing.example")
        with pytest.raises(RefusedError, match="multiple Route 53 Hosted Zones matched"):
            bench.call(GET_ZONE, name="twice.example")

    def test_a_certificate_is_found_once_it_is_issued(self, bench: Bench) -> None:
        pending = bench.make(CERTIFICATE, domainName="inn.example", validationMethod="DNS", tags={"a": "1"})
        with pytest.raises(RefusedError, match=r"no ACM certificate matching domain 'inn.example' with status ISSUED"):
            bench.call(GET_CERTIFICATE, domain="inn.example")
        by_status = bench.call(GET_CERTIFICATE, domain="inn.example", statuses=["PENDING_VALIDATION"])
        assert (by_status["arn"], by_status["tags"]) == (pending.id, {"a": "1"})
        arn, _ = issued(bench)
        assert bench.call(GET_CERTIFICATE, domain="hotel.example")["arn"] == arn
