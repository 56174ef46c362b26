"""Route 53: hosted zones and their records."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Function,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

INSYNC_SECONDS = 30 * 60
"""How long the provider waits until a change stands on all of Route 53's servers."""


def normal(name: str) -> str:
    """A domain name as the provider compares it: lower case, no final dot, `*` as it is and not as an octal code."""
    return name.lower().rstrip(".").replace("\\052", "*")


def same_name(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and normal(one) == normal(other)


def as_written(seen: str, written: str | None) -> str:
    """The program's spelling of a name where it means what Route 53 shows, else what it shows."""
    return written if written is not None and same_name(seen, written) else normal(seen)


def change(account: Account, zone: str, *changes: dict[str, Any]) -> None:
    """Change records in one batch and wait until the change stands."""
    sent = account.route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Comment": "Managed by Pulumi", "Changes": list(changes)}
    )["ChangeInfo"]["Id"]
    wait_for(
        lambda: account.route53.get_change(Id=sent)["ChangeInfo"]["Status"] == "INSYNC",
        f"the change of zone {zone}",
        INSYNC_SECONDS,
    )


def zone_records(account: Account, zone: str) -> list[dict[str, Any]]:
    return account.pages("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)


class Zone(Resource):
    token = "aws:route53/zone:Zone"
    auto_name = AutoName(conflicts=())
    regional = False
    tagged = True
    api = ("route53", "CreateHostedZone")
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(replace=True, computed=True),
        "comment": Prop(api=None, default="Managed by Pulumi"),
        "delegationSetId": Prop(replace=True, conflicts=("vpcs",)),
        "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "vpcs": Prop(
            kind=Many(Block({"vpcId": Prop(required=True), "vpcRegion": Prop(computed=True)})),
            api=None,
            conflicts=("delegationSetId",),
        ),
    }
    outputs = ("arn", "nameServers", "primaryNameServer", "zoneId")

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        return ("name",) if same_name(old.get("name"), new.get("name")) else ()

    def create(self, account: Account, values: Values) -> str:
        vpcs = values.get("vpcs") or []
        private: dict[str, Any] = {"VPC": self._vpc(account, vpcs[0])} if vpcs else {}
        id_ = account.route53.create_hosted_zone(
            **to_api(self.props, values),
            CallerReference=f"pulumi-{uuid.uuid4()}",
            HostedZoneConfig={"Comment": values["comment"], "PrivateZone": bool(vpcs)},
            **private,
        )["HostedZone"]["Id"].removeprefix("/hostedzone/")
        for vpc in vpcs[1:]:
            account.route53.associate_vpc_with_hosted_zone(HostedZoneId=id_, VPC=self._vpc(account, vpc))
        if values.get("tagsAll"):
            account.route53.change_tags_for_resource(
                ResourceType="hostedzone", ResourceId=id_, AddTags=tags.as_list(values["tagsAll"])
            )
        return str(id_)

    def _vpc(self, account: Account, vpc: Values) -> dict[str, str]:
        return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or account.region}

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.route53.get_hosted_zone(Id=id_))
        if answer is None:
            return None
        zone = answer["HostedZone"]
        set_ = account.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=id_)["ResourceTagSet"]
        return {
            "name": as_written(zone["Name"], values.get("name")),
            "comment": zone["Config"].get("Comment", ""),
            "delegationSetId": answer.get("DelegationSet", {}).get("Id", "").removeprefix("/delegationset/"),
            "vpcs": [{"vpcId": vpc["VPCId"], "vpcRegion": vpc["VPCRegion"]} for vpc in answer.get("VPCs", ())],
            "arn": f"arn:aws:route53:::hostedzone/{id_}",
            **name_servers(account, id_, zone["Name"]),
            "zoneId": id_,
            "tagsAll": tags.as_map(set_.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "comment" in changed:
            account.route53.update_hosted_zone_comment(Id=id_, Comment=new["comment"])
        if "vpcs" in changed:
            before = {vpc["vpcId"]: vpc for vpc in old.get("vpcs") or ()}
            after = {vpc["vpcId"]: vpc for vpc in new.get("vpcs") or ()}
            for vpc in after.keys() - before.keys():
                account.route53.associate_vpc_with_hosted_zone(HostedZoneId=id_, VPC=self._vpc(account, after[vpc]))
            for vpc in before.keys() - after.keys():
                account.route53.disassociate_vpc_from_hosted_zone(HostedZoneId=id_, VPC=self._vpc(account, before[vpc]))
        which = {"ResourceType": "hostedzone", "ResourceId": id_}
        tags.bring(
            old,
            new,
            lambda added: account.route53.change_tags_for_resource(**which, AddTags=tags.as_list(added)),
            lambda keys: account.route53.change_tags_for_resource(**which, RemoveTagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Delete the zone; AWS refuses while it holds records of the user's, which `forceDestroy` deletes."""
        if values.get("forceDestroy"):
            deletions = [
                {"Action": "DELETE", "ResourceRecordSet": record}
                for record in zone_records(account, id_)
                if record["Type"] not in ("NS", "SOA") or normal(record["Name"]) != normal(values["name"])
            ]
            if deletions:
                change(account, id_, *deletions)
        account.route53.delete_hosted_zone(Id=id_)


def name_servers(account: Account, zone: str, name: str) -> Values:
    """The outputs of a zone that its own NS and SOA records tell."""
    own = {r["Type"]: r for r in zone_records(account, zone) if r["Name"] == name and r["Type"] in ("NS", "SOA")}
    servers = [record["Value"].rstrip(".") for record in own["NS"]["ResourceRecords"]]
    return {
        "nameServers": sorted(servers),
        "primaryNameServer": own["SOA"]["ResourceRecords"][0]["Value"].split()[0].rstrip("."),
    }


ROUTING = {
    "failoverRoutingPolicies": {"type": Prop(api="Failover", required=True, choices=("PRIMARY", "SECONDARY"))},
    "latencyRoutingPolicies": {"region": Prop(api="Region", required=True)},
    "weightedRoutingPolicies": {"weight": Prop(kind=INT, api="Weight", required=True, low=0, high=255)},
    "geolocationRoutingPolicies": {
        "continent": Prop(api="ContinentCode"),
        "country": Prop(api="CountryCode"),
        "subdivision": Prop(api="SubdivisionCode"),
    },
}
"""The routing policies that are blocks, at most one of them in a record."""
QUOTED = ("TXT", "SPF")  # types whose values Route 53 wants in quotation marks and the provider wants without
TYPES_OF_RECORD = (
    "A",
    "AAAA",
    "CAA",
    "CNAME",
    "DS",
    "HTTPS",
    "MX",
    "NAPTR",
    "NS",
    "PTR",
    "SOA",
    "SPF",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
)


class Record(Resource):
    token = "aws:route53/record:Record"
    regional = False
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(required=True, replace=True),
        "type": Prop(required=True, choices=TYPES_OF_RECORD),
        "zoneId": Prop(required=True, replace=True),
        "aliases": Prop(
            kind=Many(
                Block(
                    {
                        "evaluateTargetHealth": Prop(kind=BOOL, required=True),
                        "name": Prop(required=True),
                        "zoneId": Prop(required=True),
                    }
                )
            ),
            conflicts=("records", "ttl"),
        ),
        "allowOverwrite": Prop(kind=BOOL, computed=True, kept=PROVIDER_SIDE),
        **{name: Prop(kind=Many(Block(props))) for name, props in ROUTING.items()},
        "healthCheckId": Prop(),
        "multivalueAnswerRoutingPolicy": Prop(kind=BOOL),
        "records": Prop(kind=Many(), conflicts=("aliases",)),
        "setIdentifier": Prop(),
        "ttl": Prop(kind=INT, low=0, high=2**31 - 1, conflicts=("aliases",)),
    }
    outputs = ("fqdn",)

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if ("aliases" in values) == ("records" in values):
            yield "records", "a record has values or is an alias: give exactly one of records and aliases"
        if "records" in values and "ttl" not in values:
            yield "ttl", "a record with values needs a ttl (seconds that others may remember it), e.g. 300"
        for name in ("aliases", *ROUTING):
            if isinstance(values.get(name), list) and len(values[name]) > 1:
                yield name, f"{name} holds at most one entry, got {len(values[name])}"
        policies = [n for n in (*ROUTING, "multivalueAnswerRoutingPolicy") if values.get(n)]
        if len(policies) > 1:
            yield policies[1], f"a record has one routing policy, got {' and '.join(policies)}: choose one"
        if policies and "setIdentifier" not in values:
            yield "setIdentifier", f"{policies[0]} needs setIdentifier, which tells the records of one name apart"
        if "setIdentifier" in values and not policies:
            yield "setIdentifier", "setIdentifier belongs to a routing policy, and the record has none: leave it out"

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        """Names that DNS holds equal."""
        if same_name(old.get("name"), new.get("name")):
            yield "name"
        before, after = known_items(old.get("aliases")), known_items(new.get("aliases"))
        if before and after and same_name(before[0]["name"], after[0]["name"]):
            yield "aliases[0].name"

    def _described(self, account: Account, values: Values) -> dict[str, Any]:
        """The record as ChangeResourceRecordSets wants it."""
        described: dict[str, Any] = {"Name": full_name(account, values), "Type": values["type"]}
        if values.get("records") is not None:
            quoted = values["type"] in QUOTED
            described["TTL"] = values["ttl"]
            described["ResourceRecords"] = [{"Value": quote(r) if quoted else r} for r in values["records"]]
        for alias in values.get("aliases") or ():
            described["AliasTarget"] = {
                "DNSName": alias["name"],
                "HostedZoneId": alias["zoneId"],
                "EvaluateTargetHealth": alias["evaluateTargetHealth"],
            }
        for name, props in ROUTING.items():
            for policy in values.get(name) or ():
                sent = to_api(props, policy)
                described |= {"GeoLocation": sent} if name == "geolocationRoutingPolicies" else sent
        if values.get("multivalueAnswerRoutingPolicy"):
            described["MultiValueAnswer"] = True
        if values.get("healthCheckId"):
            described["HealthCheckId"] = values["healthCheckId"]
        if values.get("setIdentifier"):
            described["SetIdentifier"] = values["setIdentifier"]
        return described

    def create(self, account: Account, values: Values) -> str:
        action = "UPSERT" if values.get("allowOverwrite") else "CREATE"
        change(account, values["zoneId"], {"Action": action, "ResourceRecordSet": self._described(account, values)})
        parts = [values["zoneId"], values["name"].lower(), values["type"], values.get("setIdentifier")]
        return "_".join(part for part in parts if part)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        known = values if values.get("zoneId") else parts_of(id_)
        record = self._find(account, known)
        if record is None:
            return None
        quoted = record["Type"] in QUOTED
        alias = record.get("AliasTarget")
        [known_alias] = known.get("aliases") or [{}]
        return {
            "name": known["name"],
            "type": record["Type"],
            "zoneId": known["zoneId"],
            "aliases": [
                {
                    "name": as_written(alias["DNSName"], known_alias.get("name")),
                    "zoneId": alias["HostedZoneId"],
                    "evaluateTargetHealth": alias["EvaluateTargetHealth"],
                }
            ]
            if alias
            else [],
            "failoverRoutingPolicies": [{"type": record["Failover"]}] if "Failover" in record else [],
            "latencyRoutingPolicies": [{"region": record["Region"]}] if "Region" in record else [],
            "weightedRoutingPolicies": [{"weight": record["Weight"]}] if "Weight" in record else [],
            "geolocationRoutingPolicies": list(geolocation(record)),
            "healthCheckId": record.get("HealthCheckId"),
            "multivalueAnswerRoutingPolicy": record.get("MultiValueAnswer"),
            "records": [unquote(r["Value"]) if quoted else r["Value"] for r in record.get("ResourceRecords", ())],
            "setIdentifier": record.get("SetIdentifier"),
            "ttl": record.get("TTL"),
            "fqdn": normal(record["Name"]),
        }

    def _find(self, account: Account, known: Values) -> dict[str, Any] | None:
        answer = found(lambda: zone_records(account, known["zoneId"]))
        if answer is None:
            return None
        name = normal(full_name(account, known))
        return next(
            (
                record
                for record in answer
                if normal(record["Name"]) == name
                and record["Type"] == known["type"]
                and record.get("SetIdentifier") == (known.get("setIdentifier") or None)
            ),
            None,
        )

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """Put the record anew; under another type or set identifier the old one goes in the same batch."""
        described = self._described(account, new)
        if changed & {"type", "setIdentifier"}:
            action = "UPSERT" if new.get("allowOverwrite") else "CREATE"
            change(
                account,
                new["zoneId"],
                {"Action": "DELETE", "ResourceRecordSet": self._described(account, old)},
                {"Action": action, "ResourceRecordSet": described},
            )
        else:
            change(account, new["zoneId"], {"Action": "UPSERT", "ResourceRecordSet": described})

    def delete(self, account: Account, id_: str, values: Values) -> None:
        record = self._find(account, values)
        if record is not None:
            change(account, values["zoneId"], {"Action": "DELETE", "ResourceRecordSet": record})


def geolocation(record: Mapping[str, Any]) -> Iterator[Values]:
    if location := record.get("GeoLocation"):
        names = {"continent": "ContinentCode", "country": "CountryCode", "subdivision": "SubdivisionCode"}
        yield {name: location[code] for name, code in names.items() if location.get(code)}


def full_name(account: Account, values: Values) -> str:
    """The record's name with its zone's, which a program may leave out."""
    zone = normal(account.route53.get_hosted_zone(Id=values["zoneId"])["HostedZone"]["Name"])
    name = normal(values["name"])
    return name if name == zone or name.endswith(f".{zone}") else f"{name}.{zone}" if name else zone


def parts_of(id_: str) -> Values:
    """Zone, name, type and set identifier in a record's id, ZONE_name_TYPE or ZONE_name_TYPE_identifier."""
    zone, rest = id_.split("_", 1)
    parts = rest.split("_")
    at = max(i for i, part in enumerate(parts) if part in TYPES_OF_RECORD)
    return {
        "zoneId": zone,
        "name": "_".join(parts[:at]),
        "type": parts[at],
        "setIdentifier": "_".join(parts[at + 1 :]) or None,
    }


def quote(value: str) -> str:
    """A TXT value as Route 53 wants it."""
    return value if value.startswith('"') and value.endswith('"') and len(value) > 1 else f'"{value}"'


def unquote(value: str) -> str:
    return value.removeprefix('"').removesuffix('"')


def get_zone(account: Account, args: Values) -> Values:
    """The one zone of that id or name (and, where given, VPC and tags). Raises RefusedError for none or several."""
    if args.get("zoneId"):
        candidates = [account.route53.get_hosted_zone(Id=args["zoneId"])["HostedZone"]]
    else:
        candidates = [
            zone
            for zone in account.pages("route53", "list_hosted_zones", "HostedZones")
            if args.get("name") is None or normal(zone["Name"]) == normal(args["name"])
            if zone["Config"]["PrivateZone"] == bool(args.get("privateZone") or args.get("vpcId"))
        ]
    matching = [zone for zone in candidates if _fits(account, zone, args)]
    if len(matching) != 1:
        raise RefusedError(
            "no matching Route 53 Hosted Zone found"
            if not matching
            else "multiple Route 53 Hosted Zones matched; use additional constraints to reduce matches to a single one"
        )
    [zone] = matching
    id_ = zone["Id"].removeprefix("/hostedzone/")
    return {
        "id": id_,
        "arn": f"arn:aws:route53:::hostedzone/{id_}",
        "callerReference": zone["CallerReference"],
        "comment": zone["Config"].get("Comment", ""),
        "enableAcceleratedRecovery": False,
        "linkedServiceDescription": "",
        "linkedServicePrincipal": "",
        "name": normal(zone["Name"]),
        **name_servers(account, id_, zone["Name"]),
        "privateZone": zone["Config"]["PrivateZone"],
        "resourceRecordSetCount": zone["ResourceRecordSetCount"],
        "tags": zone_tags(account, id_),
        "vpcId": args.get("vpcId", ""),
        "zoneId": id_,
    }


def _fits(account: Account, zone: Mapping[str, Any], args: Values) -> bool:
    id_ = zone["Id"].removeprefix("/hostedzone/")
    vpcs = account.route53.get_hosted_zone(Id=id_).get("VPCs", ()) if args.get("vpcId") else ()
    wanted = (args.get("tags") or {}).items()
    return (not args.get("vpcId") or any(vpc["VPCId"] == args["vpcId"] for vpc in vpcs)) and (
        not wanted or wanted <= zone_tags(account, id_).items()
    )


def zone_tags(account: Account, id_: str) -> dict[str, str]:
    listed = account.route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=id_)["ResourceTagSet"]
    return tags.as_map(listed.get("Tags"))


TYPES = (Zone(), Record())
FUNCTIONS = (
    Function(
        "aws:route53/getZone:getZone",
        {
            "name": Prop(),
            "privateZone": Prop(kind=BOOL),
            "tags": Prop(kind=Map()),
            "vpcId": Prop(),
            "zoneId": Prop(),
        },
        get_zone,
    ),
)
