"""Route 53 as AWS answers where moto 5.2.5 does not.

moto creates a record that exists already, deletes one by its set identifier in every name that has it, lets a CNAME
stand beside other records, does half of a batch that it refuses, and garbles a zone's start of authority.
"""

from typing import Any

from moto.core.exceptions import ServiceException
from moto.route53 import urls
from moto.route53.exceptions import DnsNameInvalidForZone, ResourceRecordAlreadyExists
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends
from moto.route53.utils import validate_domain_name


def install() -> None:
    """Make moto answer DNS requests with this module."""
    route53_backends.backend = Backend


class InvalidBatchError(ServiceException):
    """A batch of changes that AWS refuses as a whole."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidChangeBatch", f"[{message}]")


class Backend(Route53Backend):
    """An account's hosted zones."""

    _url_module = urls

    def create_hosted_zone(self, *arguments: Any, **named: Any) -> FakeZone:
        zone = super().create_hosted_zone(*arguments, **named)
        for record in zone.rrsets:
            record.records = [value["Value"] if isinstance(value, dict) else value for value in record.records]
        return zone

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        """Do all changes of a batch or none ("ChangeResourceRecordSets", API reference)."""
        zone = self.get_hosted_zone(zoneid)
        records = list(zone.rrsets)
        for change in change_list:
            wanted = record_of(change["ResourceRecordSet"], zone.name)
            same = next((record for record in records if identity(record) == identity(wanted)), None)
            said = f"resource record set [name='{wanted.name}', type='{wanted.type}']"
            match change["Action"]:
                case "CREATE" if same:
                    raise ResourceRecordAlreadyExists(wanted.name, str(wanted.type))
                case "DELETE" if same is None:
                    raise InvalidBatchError(f"Tried to delete {said} but it was not found")
                case "DELETE" if same and content(same) != content(wanted):
                    raise InvalidBatchError(
                        f"Tried to delete {said} but the values provided do not match the current values"
                    )
            if same:
                records.remove(same)
            if change["Action"] != "DELETE":
                records.append(wanted)
        for record in records:
            if record.type == "CNAME" and any(r.name == record.name and r.type != "CNAME" for r in records):
                raise InvalidBatchError(
                    f"RRSet of type CNAME with DNS name {record.name} is not permitted as it conflicts with other "
                    f"records with the same DNS name in zone {zone.name}"
                )
        zone.rrsets = records


def record_of(described: dict[str, Any], zone_name: str) -> Any:
    """The record that a change describes, with its full name. Raises where its name is none of the zone's."""
    validate_domain_name(described["Name"], code="InvalidChangeBatch")
    name = described["Name"].rstrip(".").lower()
    domain = zone_name.rstrip(".").lower()
    if name != domain and not name.endswith(f".{domain}"):
        raise DnsNameInvalidForZone(name=described["Name"], zone_name=zone_name)
    values = [value["Value"] for value in described.get("ResourceRecords") or []]
    return RecordSet({**described, "Name": f"{name}.", "ResourceRecords": values})  # type: ignore[abstract] # as moto


def identity(record: RecordSet) -> tuple[Any, ...]:
    return (record.name, record.type, record.set_identifier)


def content(record: RecordSet) -> tuple[Any, ...]:
    """What a deletion must repeat of a record."""
    return (str(record.ttl), sorted(record.records), record.alias_target and record.alias_target["DNSName"])
