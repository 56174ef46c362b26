"""EC2 and VPC as AWS answers where moto 5.2.5 does not.

moto lacks regional NAT gateways; deletes what is still in use; leaves a terminated instance's network interface behind;
ignores most of a launch template; forgets the description of a rule that names a group or a prefix list; takes the
addresses of network interfaces by chance; knows one release of Amazon Linux 2023, created "now".
"""

import copy
import hashlib
import inspect
import ipaddress
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2 import urls
from moto.ec2.exceptions import (
    DependencyViolationError,
    EC2ClientError,
    InvalidParameterCombination,
    MissingParameterError,
    RouteAlreadyExistsError,
    UnvailableAMIIdError,
)
from moto.ec2.models import ec2_backends, security_groups
from moto.ec2.models.amis import Ami
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.utils import (
    add_tag_specification,
    convert_tag_spec,
    parse_user_data,
    random_eip_allocation_id,
    random_eip_association_id,
    random_ip,
    random_nat_gateway_id,
)
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from sandbox.account import vpc
from sandbox.account.instances import InstanceBackend, InstanceResponse
from sandbox.account.vpc import VpcBackend, VpcResponse

EARLIER_RELEASES = ("2023.9.20251117.1", "2023.10.20260216.1", "2023.11.20260611.0")
"""Amazon Linux 2023 releases beside the one that moto knows, so that there is something to choose and to grow old."""

RELEASE_DATE = re.compile(r"^al2023-ami-(?:minimal-)?2023\.\d+\.(\d{8})\.")


def install() -> None:
    """Make moto answer EC2 requests with this module."""
    ec2_backends.backend = Backend
    urls.url_paths = {"{0}/": Response.dispatch}
    security_groups.SecurityGroupRule = Rule  # type: ignore[misc]
    vpc.install()


class Rule(SecurityGroupRule):
    """A rule that keeps its description whatever it names, and equals another of the same effect (as AWS compares)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.target: dict[str, str] = next((target for target in arguments[5:8] if target), {})

    @property
    def description(self) -> str | None:
        return self.ip_range.get("Description") or self.target.get("Description")

    def effect(self) -> tuple[Any, ...]:
        peers = (self.cidr_ipv4, self.cidr_ipv6, self.prefix_list_id, self.source_group.get("GroupId"))
        return (self.ip_protocol, self.from_port, self.to_port, *peers)

    def __eq__(self, other: Any) -> bool:
        return bool(self.effect() == other.effect())

    __hash__ = None  # type: ignore[assignment] # as the class it extends


class RegionalNatGateway(TaggedEC2Resource):
    """A NAT gateway of a whole VPC ("Regional NAT gateways for automatic multi-AZ expansion", VPC user guide).

    AWS adds a zone within the hour after a workload appears there; here it spans from the start the zones in which the
    VPC has subnets. In manual mode it spans the zones that the caller gave addresses for.
    """

    def __init__(self, backend: Any, vpc_id: str, given: list[dict[str, Any]], tags: dict[str, str]) -> None:
        self.ec2_backend = backend
        self.id = random_nat_gateway_id()
        self.vpc_id = vpc_id
        self.subnet_id = None
        self.connectivity_type = "public"
        self.availability_mode = "regional"
        self.auto_provision_zones = self.auto_scaling_ips = "disabled" if given else "enabled"
        self.state = "available"
        self.create_time = utcnow()
        self.delete_time: datetime | None = None
        self.nat_gateway_addresses = list(self.own_addresses(given) if given else self.managed_addresses())
        self.add_tags(tags)

    def managed_addresses(self) -> Iterator[dict[str, Any]]:
        subnets = self.ec2_backend.describe_subnets(filters={"vpc-id": self.vpc_id})
        for zone, zone_id in sorted({(subnet.availability_zone, subnet.availability_zone_id) for subnet in subnets}):
            yield {
                "AllocationId": random_eip_allocation_id(),
                "AssociationId": random_eip_association_id(),
                "PublicIp": random_ip(),
                "AvailabilityZone": zone,
                "AvailabilityZoneId": zone_id,
                "Status": "succeeded",
            }

    def own_addresses(self, given: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for entry in given:
            for address in self.ec2_backend.address_by_allocation(entry.get("AllocationIds", [])):
                address.association_id = random_eip_association_id()
                yield {
                    "AllocationId": address.allocation_id,
                    "AssociationId": address.association_id,
                    "PublicIp": address.public_ip,
                    "AvailabilityZone": entry.get("AvailabilityZone"),
                    "AvailabilityZoneId": entry.get("AvailabilityZoneId"),
                    "Status": "succeeded",
                }


class Backend(VpcBackend, InstanceBackend):
    """An account's EC2 in one region."""

    _url_module = urls

    loaded: ClassVar[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {}
    """By region, the images and their snapshots; each account, also the one after a reset, has copies of them."""

    # Images

    def _load_amis(self) -> None:
        """Load the region's images, once in the life of the process: moto takes a fifth of a second for it."""
        if self.region_name not in self.loaded:
            super()._load_amis()
            self.add_earlier_releases()
            self.loaded[self.region_name] = (self.amis, self.snapshots)
        images, snapshots = self.loaded[self.region_name]
        self.snapshots = {key: self.copied(snapshot) for key, snapshot in snapshots.items()}
        self.amis = {key: self.copied(image) for key, image in images.items()}
        for image in self.amis.values():
            image.launch_permissions = list(image.launch_permissions)
            image.ebs_snapshot = self.snapshots[image.ebs_snapshot.id]

    def copied(self, thing: Any) -> Any:
        mine = copy.copy(thing)
        mine.ec2_backend = self
        return mine

    def date_images(self) -> None:
        """Date each Amazon Linux 2023 image by its release; moto's are all created at the moment of asking."""
        for image in self.amis.values():
            if match := RELEASE_DATE.match(image.name or ""):
                image.creation_date = datetime.strptime(match.group(1), "%Y%m%d").replace(tzinfo=UTC)

    def add_earlier_releases(self) -> None:
        """Add `EARLIER_RELEASES` as copies of the images that moto knows, under ids that stay the same."""
        for image in list(self.amis.values()):
            match = re.fullmatch(r"al2023-ami-2023\.[\d.]+(?P<rest>-kernel-6\.1-.*)", image.name or "")
            for release in EARLIER_RELEASES if match else ():
                name = f"al2023-ami-{release}{match['rest'] if match else ''}"
                self.amis[image_id(self.region_name, name)] = Ami(
                    self,
                    image_id(self.region_name, name),
                    name=name,
                    description=f"Amazon Linux 2023 AMI {release} {image.architecture} HVM kernel-6.1",
                    owner_id=image.owner_id,
                    owner_alias="amazon",
                    public=True,
                    virtualization_type=image.virtualization_type,
                    architecture=image.architecture,
                    image_location=f"amazon/{name}",
                    hypervisor=image.hypervisor,
                    root_device_type=image.root_device_type,
                    root_device_name=image.root_device_name,
                    sriov=image.sriov,
                    boot_mode=image.boot_mode,
                )
        self.date_images()

    # Instances and their network interfaces

    def run_instances(self, image_id: str, count: int, user_data: Any, security_group_names: Any, **kwargs: Any) -> Any:
        """Launch with everything that the launch template says; moto takes five of its values.

        A network interface made for the launch goes with its instance unless the request keeps it, as on AWS.
        """
        if image_id in self.deleted_amis:
            raise UnvailableAMIIdError(image_id)
        profile: dict[str, str] = {}
        if kwargs.get("launch_template"):
            template = self._get_template_from_args(kwargs["launch_template"]).data
            profile = template.get("IamInstanceProfile", {})
            self.fill_from_template(kwargs, template)
        nics = [dict(nic) for nic in kwargs.get("nics") or []]
        kept = {int(nic.get("DeviceIndex", 0)) for nic in nics if nic.get("DeleteOnTermination") is False}
        for nic in nics:
            if "NetworkInterfaceId" in nic:
                interface = self.get_network_interface(nic["NetworkInterfaceId"])
                if interface.status == "in-use":
                    raise EC2ClientError("InvalidNetworkInterface.InUse", f"Interface: [{interface.id}] in use.")
                kept.add(int(nic.get("DeviceIndex", 0)))
                kwargs["subnet_id"] = interface.subnet.id
                kwargs["private_ip"] = interface.private_ip_address
                interface.subnet.del_subnet_ip(interface.private_ip_address)  # moto takes it anew for the instance
                kwargs["security_group_ids"] = [group.id for group in interface.group_set]
            elif "Groups" in nic:
                # The groups of the first interface are the instance's own.
                kwargs["security_group_ids"] = nic.pop("Groups")
        kwargs["nics"] = nics
        reservation = super().run_instances(image_id, count, user_data, security_group_names, **kwargs)
        for instance in reservation.instances:
            for index, interface in instance.nics.items():
                interface.delete_on_termination = index not in kept
            instance.source_dest_check = instance.nics[0].source_dest_check
            if profile:
                self.associate_iam_instance_profile(instance.id, profile.get("Name"), profile.get("Arn"))
        return reservation

    def fill_from_template(self, kwargs: dict[str, Any], template: dict[str, Any]) -> None:
        """Complete the arguments of a launch from a template; what the request says itself stays."""
        for name, value in {
            "nics": template.get("NetworkInterfaces"),
            "metadata_options": template.get("MetadataOptions"),
            "ebs_optimized": template.get("EbsOptimized"),
            "disable_api_termination": template.get("DisableApiTermination"),
            "instance_market_options": template.get("InstanceMarketOptions", {}).get("MarketType"),
            "block_device_mappings": template.get("BlockDeviceMappings"),
        }.items():
            if value and not kwargs.get(name):
                kwargs[name] = value
        if template.get("Monitoring", {}).get("Enabled"):
            kwargs["monitoring_state"] = "enabled"
        tags = kwargs.setdefault("tags", {})
        template_tags = convert_tag_spec(template.get("TagSpecifications", []))
        tags["volume"] = {**template_tags.get("volume", {}), **tags.get("volume", {})}

    def terminate_instances(self, instance_ids: list[str]) -> Any:
        """Terminate, and free the network interfaces that outlive their instance; moto leaves them attached."""
        terminated = super().terminate_instances(instance_ids)
        for instance, _ in terminated:
            for interface in instance.nics.values():
                interface.instance = None
                interface.attachment_id = interface.attach_time = None
                interface.status = "available"
        return terminated

    def create_network_interface(self, subnet: Any, private_ip_address: Any, *rest: Any, **named: Any) -> Any:
        """Create an interface with the subnet's next free address; moto draws one by chance, outside the subnet too."""
        home: Any = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        own_addresses = rest[0] if rest else named.get("private_ip_addresses")
        if not own_addresses and not is_within(private_ip_address, home):
            private_ip_address = home.get_available_subnet_ip(None)
        return super().create_network_interface(home, private_ip_address, *rest, **named)

    def delete_network_interface(self, eni_id: str) -> None:
        """Delete an interface and let go of its addresses; moto keeps the Elastic IP address associated."""
        interface = self.get_network_interface(eni_id)
        for address in [address for address in self.addresses if address.eni is interface]:
            address.eni = address.instance = address.association_id = None
        super().delete_network_interface(eni_id)
        for entry in interface.private_ip_addresses:
            interface.subnet.del_subnet_ip(entry["PrivateIpAddress"])

    def release_address(self, address: str | None = None, allocation_id: str | None = None) -> None:
        """Release an address that nothing uses; moto releases it from under its user."""
        [found] = self.address_by_allocation([allocation_id]) if allocation_id else self.address_by_ip([address or ""])
        if found.association_id:
            raise EC2ClientError("InvalidIPAddress.InUse", f"Address {found.public_ip} is in use.")
        super().release_address(address, allocation_id)

    # NAT gateways and routes

    def create_nat_gateway(
        self, subnet_id: str, allocation_id: str, tags: Any = None, connectivity_type: str | None = None
    ) -> Any:
        """Create a gateway in a subnet; moto does not say which kind it is nor which address is the primary one."""
        gateway: Any = super().create_nat_gateway(subnet_id, allocation_id, tags, connectivity_type or "public")
        gateway.availability_mode = "zonal"
        gateway.address_set[0] |= {"isPrimary": True, "status": "succeeded"}
        return gateway

    def create_regional_nat_gateway(
        self, vpc_id: str, addresses: list[dict[str, Any]], tags: dict[str, str]
    ) -> RegionalNatGateway:
        self.get_vpc(vpc_id)
        gateway = RegionalNatGateway(self, vpc_id, addresses, tags)
        self.nat_gateways[gateway.id] = gateway  # type: ignore[assignment]
        return gateway

    def delete_nat_gateway(self, nat_gateway_id: str) -> Any:
        """Delete a gateway, its interface and its hold on the address; moto keeps both."""
        gateway: Any = self.nat_gateways.get(nat_gateway_id)
        if gateway is None:
            raise EC2ClientError("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
        if gateway.state != "deleted":
            if gateway.subnet_id:
                self.delete_network_interface(gateway._eni.id)
            used = {address.get("AllocationId") for address in gateway.nat_gateway_addresses}
            for address in [address for address in self.addresses if address.allocation_id in used]:
                address.association_id = None
            gateway.state = "deleted"
            gateway.delete_time = utcnow()
        return gateway

    def create_route(self, *arguments: Any, **named: Any) -> Any:
        """Create a route to a destination that has none; moto checks IPv4 only, and only some targets."""
        call = inspect.signature(super().create_route).bind(*arguments, **named).arguments
        destinations = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
        wanted = next(call[name] for name in destinations if call.get(name))
        for route in self.get_route_table(call["route_table_id"]).routes:
            if wanted in [getattr(route, name) for name in destinations] and not call.get("local"):
                raise RouteAlreadyExistsError(wanted)
        self.require_nat_gateway(call.get("nat_gateway_id"))
        return super().create_route(*arguments, **named)

    def replace_route(self, *arguments: Any, **named: Any) -> Any:
        """Replace the target of a route; moto takes any NAT gateway id for good."""
        self.require_nat_gateway(named.get("nat_gateway_id"))
        return super().replace_route(*arguments, **named)

    def require_nat_gateway(self, gateway_id: str | None) -> None:
        if gateway_id and (gateway_id not in self.nat_gateways or self.nat_gateways[gateway_id].state == "deleted"):
            raise EC2ClientError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway_id}' does not exist")

    # What is in use stays (moto deletes it)

    def delete_security_group(self, name: str | None = None, group_id: str | None = None) -> None:
        group = self.get_security_group_by_name_or_id(group_id or name or "")
        if group and any(self.users_of_group(group)):
            raise DependencyViolationError(f"resource {group.id} has a dependent object")
        super().delete_security_group(name, group_id)

    def users_of_group(self, group: Any) -> Iterator[str]:
        """Ids of whatever wears or names a security group."""
        yield from (interface.id for interface in self.enis.values() if group in interface.group_set)
        yield from (endpoint.id for endpoint in self.vpc_end_points.values() if group.id in endpoint.security_group_ids)
        for other in (other for groups in self.groups.values() for other in groups.values() if other is not group):
            rules = [*other.ingress_rules, *other.egress_rules]
            yield from (other.id for rule in rules if rule.source_group.get("GroupId") == group.id)
        for balancer in elbv2_backends[self.account_id][self.region_name].load_balancers.values():
            if group.id in balancer.security_groups:
                yield balancer.arn
        for database in rds_backends[self.account_id][self.region_name].databases.values():
            if group.id in database.vpc_security_group_ids:
                yield database.db_instance_arn

    def delete_subnet(self, subnet_id: str) -> Any:
        if any(self.users_of_subnet(self.get_subnet(subnet_id))):
            raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
        return super().delete_subnet(subnet_id)

    def users_of_subnet(self, subnet: Any) -> Iterator[str]:
        """Ids of whatever stands in a subnet. A DB subnet group without an instance does not (RDS places it later)."""
        yield from (interface.id for interface in self.enis.values() if interface.subnet is subnet)
        for balancer in elbv2_backends[self.account_id][self.region_name].load_balancers.values():
            if subnet in balancer.subnets:
                yield balancer.arn
        for database in rds_backends[self.account_id][self.region_name].databases.values():
            group = database.db_subnet_group
            if group and subnet.id in {member.id for member in group._subnets}:
                yield database.db_instance_arn

    def detach_internet_gateway(self, internet_gateway_id: str, vpc_id: str) -> None:
        if any(self.users_of_internet(vpc_id)):
            raise DependencyViolationError(
                f"Network {vpc_id} has some mapped public address(es). "
                "Please unmap those public address(es) before detaching the gateway."
            )
        super().detach_internet_gateway(internet_gateway_id, vpc_id)

    def users_of_internet(self, vpc_id: str) -> Iterator[str]:
        """Ids of whatever in a VPC has a public address."""
        yield from (
            interface.id for interface in self.enis.values() if interface.vpc_id == vpc_id and interface.public_ip
        )
        for gateway in self.nat_gateways.values():
            if gateway.vpc_id == vpc_id and gateway.connectivity_type != "private" and gateway.state != "deleted":
                yield gateway.id
        for balancer in elbv2_backends[self.account_id][self.region_name].load_balancers.values():
            if balancer.vpc_id == vpc_id and balancer.scheme == "internet-facing":
                yield balancer.arn

    def delete_vpc(self, vpc_id: str) -> Any:
        gateways = [gateway for gateway in self.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id]
        groups = [group for group in self.groups[vpc_id].values() if group.name != "default"]
        endpoints = [endpoint for endpoint in self.vpc_end_points.values() if endpoint.vpc_id == vpc_id]
        if gateways or groups or endpoints:
            raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
        return super().delete_vpc(vpc_id)

    # Rules

    def modify_security_group_rules(self, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
        """Change rules in place; moto changes IPv4 rules with ports only, and never takes a description away."""
        for values in rules.values():
            if values.get("IpProtocol") == "-1":
                values["FromPort"] = values["ToPort"] = -1
        super().modify_security_group_rules(group_id, rules)
        group: Any = self.get_security_group_by_name_or_id(group_id)
        for rule_id, values in rules.items():
            rule: Any = group.get_rule(rule_id)
            if rule.ip_protocol == "-1":
                rule.from_port = rule.to_port = None
            if "CidrIpv6" in values:
                rule.ip_range["CidrIpv6"] = values["CidrIpv6"]
            if "PrefixListId" in values:
                rule.prefix_list_id = values["PrefixListId"]
            if "ReferencedGroupId" in values:
                rule.source_group["GroupId"] = values["ReferencedGroupId"]
            rule.target.pop("Description", None)
            rule.ip_range.pop("Description", None)
            if "Description" in values:
                rule.ip_range["Description"] = values["Description"]


class Response(VpcResponse, InstanceResponse):
    """EC2's actions."""

    def create_nat_gateway(self) -> ActionResult:
        """Create a gateway of a subnet or, with `AvailabilityMode=regional`, of a VPC (moto knows the former)."""
        if self._get_param("AvailabilityMode") != "regional":
            if not self._get_param("SubnetId"):
                raise MissingParameterError("subnetId")
            return super().create_nat_gateway()
        if self._get_param("SubnetId"):
            raise InvalidParameterCombination(
                "SubnetId cannot be specified for a NAT gateway with regional availability."
            )
        if not self._get_param("VpcId"):
            raise MissingParameterError("vpcId")
        gateway = self.ec2_backend.create_regional_nat_gateway(
            self._get_param("VpcId"),
            self._get_param("AvailabilityZoneAddresses", []),
            add_tag_specification(self._get_param("TagSpecifications", [])),
        )
        return ActionResult({"NatGateway": gateway})

    def create_launch_template(self) -> ActionResult:
        """Create a template; moto mixes its own tags with those it gives to what it launches."""
        answer = super().create_launch_template()
        answered: Any = answer.result
        data = self.ec2_backend.get_launch_template(answered["LaunchTemplate"]["LaunchTemplateId"]).versions[0].data
        given = data.pop("TagSpecifications", [])
        if launched := [tags for tags in given if tags["ResourceType"] != "launch-template"]:
            data["TagSpecifications"] = launched
        return answer

    def create_launch_template_version(self) -> ActionResult:
        """Add a version, on top of another one where asked for; moto ignores that and leaves user data undecoded."""
        data = self.params["LaunchTemplateData"]
        if "UserData" in data:
            data["UserData"] = parse_user_data(data["UserData"])
        if source := self._get_param("SourceVersion"):
            name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
            find = self.ec2_backend.get_launch_template_by_name if name else self.ec2_backend.get_launch_template
            self.params["LaunchTemplateData"] = {**find(name or template_id).get_version(source).data, **data}
        return super().create_launch_template_version()

    def modify_subnet_attribute(self) -> ActionResult:
        """Set the attributes of a subnet; moto ignores these three."""
        subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
        if (enabled := self._get_param("EnableDns64.Value")) is not None:
            subnet.enable_dns64 = enabled
        if (kind := self._get_param("PrivateDnsHostnameTypeOnLaunch")) is not None:
            subnet.private_dns_name_options_on_launch["HostnameType"] = kind
        if (enabled := self._get_param("EnableResourceNameDnsAAAARecordOnLaunch.Value")) is not None:
            subnet.private_dns_name_options_on_launch["EnableResourceNameDnsAAAARecord"] = enabled
        return super().modify_subnet_attribute()

    def delete_network_interface(self) -> ActionResult:
        """Delete a detached interface; moto deletes it from under its instance."""
        interface = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
        if interface.status == "in-use":
            raise EC2ClientError("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
        self.ec2_backend.delete_network_interface(interface.id)
        return EmptyResult()


def image_id(region: str, name: str) -> str:
    return f"ami-{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:17]}"


def is_within(address: Any, subnet: Any) -> bool:
    """Whether moto was given an address that the subnet has."""
    return bool(address) and isinstance(address, str) and ipaddress.ip_address(address) in subnet.cidr
