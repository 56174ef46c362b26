"""What a VPC has beside subnets and routes, as AWS answers where moto 5.2.5 does not.

moto garbles the state of a subnet's IPv6 block; drops the tags of DHCP options and the ICMP type of an ACL's rule;
changes neither routes nor network interfaces with an endpoint; keeps endpoints it has deleted; ignores private DNS,
address type and DNS options of an endpoint; forgets the options of a flow log's files; and knows no way to change the
addresses of a NAT gateway.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend, subnets
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification


def install() -> None:
    """Make moto create this module's subnets."""
    subnets.Subnet = Subnet  # type: ignore[misc]


class Subnet(subnets.Subnet):
    """A subnet that shows the state of its IPv6 blocks."""

    @property
    def ipv6_cidr_block_association_set(self) -> list[dict[str, Any]]:
        return [
            association
            for association in self.ipv6_cidr_block_associations.values()
            if association["ipv6CidrBlockState"]["State"] == "associated"
        ]


class VpcBackend(EC2Backend):
    """What a VPC has beside subnets and routes."""

    def create_vpc_endpoint(self, *arguments: Any, **named: Any) -> Any:
        """Create an endpoint whose interfaces wear its groups; private DNS needs both DNS attributes of the VPC."""
        vpc = self.get_vpc(named["vpc_id"])
        dns = vpc.enable_dns_support and vpc.enable_dns_hostnames
        if named.get("endpoint_type") == "Interface" and named.get("private_dns_enabled") and not dns:
            raise EC2ClientError(
                "InvalidParameter",
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
                f"for {vpc.id}",
            )
        endpoint: Any = super().create_vpc_endpoint(*arguments, **named)
        if endpoint.vpc_endpoint_type == "Interface" and not endpoint.security_group_ids:
            default: Any = self.get_default_security_group(vpc.id)
            endpoint.security_group_ids = [default.id]
        self.dress(endpoint)
        return endpoint

    def dress(self, endpoint: Any) -> None:
        """Give an endpoint's interfaces its security groups."""
        for interface_id in endpoint.network_interface_ids:
            self.get_network_interface(interface_id)._group_set = [
                self.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids
            ]

    def modify_vpc_endpoint(self, *arguments: Any, **named: Any) -> None:
        """Change an endpoint with its routes and interfaces."""
        [endpoint] = self.describe_vpc_endpoints(vpc_end_point_ids=[named["vpc_id"]])
        tables, subnets = list(endpoint.route_table_ids), list(endpoint.subnet_ids or [])
        super().modify_vpc_endpoint(*arguments, **named)
        prefix_list_id = endpoint.destination_prefix_list_id
        for table_id in set(endpoint.route_table_ids) - set(tables):
            self.create_route(table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list_id)
        for table_id in set(tables) - set(endpoint.route_table_ids):
            self.delete_route(table_id, prefix_list_id or "")
        interfaces = [self.get_network_interface(interface_id) for interface_id in endpoint.network_interface_ids]
        for interface in interfaces:
            if interface.subnet_id not in (endpoint.subnet_ids or []):
                self.delete_network_interface(interface.id)
                endpoint.network_interface_ids.remove(interface.id)
        for subnet_id in set(endpoint.subnet_ids or []) - set(subnets):
            endpoint.network_interface_ids.append(self.create_network_interface(subnet_id, "").id)
        self.dress(endpoint)

    def delete_vpc_endpoints(self, vpce_ids: list[str] | None = None) -> None:
        """Delete endpoints; AWS shows them as deleted for a while, here they are gone."""
        super().delete_vpc_endpoints(vpce_ids)
        for endpoint_id in vpce_ids or []:
            self.vpc_end_points.pop(endpoint_id, None)


class VpcResponse(EC2Response):
    """The actions of EC2 that these need."""

    def create_network_acl_entry(self) -> ActionResult:
        """Create a rule; moto looks for ICMP's type and code under another name."""
        self.params["Icmp"] = self._get_param("IcmpTypeCode", {})
        return super().create_network_acl_entry()

    def create_dhcp_options(self) -> ActionResult:
        """Create DHCP options with their tags."""
        answer = super().create_dhcp_options()
        result: Any = answer.result
        result["DhcpOptions"].add_tags(add_tag_specification(self._get_param("TagSpecifications", [])))
        return answer

    def describe_prefix_lists(self) -> ActionResult:
        """Describe AWS's prefix lists with their networks."""
        answer = super().describe_prefix_lists()
        result: Any = answer.result
        for prefix_list in result["PrefixLists"]:
            latest: list[dict[str, str]] = list(prefix_list.entries.values())[-1] if prefix_list.entries else []
            prefix_list.cidrs = [entry["Cidr"] for entry in latest]
        return answer

    def create_vpc_endpoint(self) -> ActionResult:
        answer = super().create_vpc_endpoint()
        result: Any = answer.result
        self.set_endpoint_options(result["VpcEndpoint"])
        return answer

    def modify_vpc_endpoint(self) -> ActionResult:
        answer = super().modify_vpc_endpoint()
        [endpoint] = self.ec2_backend.describe_vpc_endpoints([self._get_param("VpcEndpointId")])
        if (enabled := self._get_param("PrivateDnsEnabled")) is not None:
            endpoint.private_dns_enabled = enabled
        self.set_endpoint_options(endpoint)
        return answer

    def set_endpoint_options(self, endpoint: Any) -> None:
        """Keep what moto does not: an endpoint is for IPv4 until told otherwise."""
        before = getattr(endpoint, "ip_address_type", "ipv4")
        endpoint.ip_address_type = self._get_param("IpAddressType") or before
        options = self._get_param("DnsOptions") or getattr(endpoint, "dns_options", {})
        endpoint.dns_options = {"DnsRecordIpType": endpoint.ip_address_type} | options

    def create_flow_logs(self) -> ActionResult:
        """Create flow logs; moto looks for a log group by its name only, and forgets the options of files."""
        destination = self._get_param("LogDestination") or ""
        if ":log-group:" in destination:
            self.params.setdefault("LogGroupName", destination.split(":log-group:")[1])
        answer = super().create_flow_logs()
        result: Any = answer.result
        for log_id in result["FlowLogIds"]:
            log: Any = self.ec2_backend.flow_logs[log_id]
            log.destination_options = self._get_param("DestinationOptions")
        return answer

    def associate_nat_gateway_address(self) -> ActionResult:
        """Add addresses to a zone of a regional NAT gateway."""
        gateway = self.regional_gateway()
        place = {name: self._get_param(name) for name in ("AllocationIds", "AvailabilityZone", "AvailabilityZoneId")}
        gateway.nat_gateway_addresses += list(gateway.own_addresses([place]))
        return self.addresses_of(gateway)

    def disassociate_nat_gateway_address(self) -> ActionResult:
        """Take addresses from a regional NAT gateway."""
        gateway = self.regional_gateway()
        ended = self._get_param("AssociationIds")
        for address in [a for a in self.ec2_backend.addresses if a.association_id in ended]:
            address.association_id = None
        gateway.nat_gateway_addresses = [a for a in gateway.nat_gateway_addresses if a["AssociationId"] not in ended]
        return self.addresses_of(gateway)

    def regional_gateway(self) -> Any:
        """The gateway that is asked for; secondary addresses of a zonal one are not imitated."""
        gateway: Any = self.ec2_backend.nat_gateways[self._get_param("NatGatewayId")]
        if gateway.availability_mode != "regional":
            raise NotImplementedError("secondary addresses of a zonal NAT gateway")
        return gateway

    @staticmethod
    def addresses_of(gateway: Any) -> ActionResult:
        return ActionResult({"NatGatewayId": gateway.id, "NatGatewayAddresses": gateway.nat_gateway_addresses})
