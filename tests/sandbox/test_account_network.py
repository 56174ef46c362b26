"""VPC and EC2 of the account: what AWS refuses, what it keeps, what it frees."""

from typing import Any

import pytest

from tests.sandbox.aws import ACCOUNT_ID, Network, image_id, make_network, refusal
from tests.sandbox.conftest import REGION, Account


@pytest.fixture
def network(account: Account) -> Network:
    return make_network(account)


@pytest.fixture
def ec2(account: Account) -> Any:
    return account.client("ec2")


def make_nat_gateway(ec2: Any, subnet_id: str) -> tuple[str, str]:
    allocation_id = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet_id, AllocationId=allocation_id)["NatGateway"]
    return gateway["NatGatewayId"], allocation_id


class TestImages:
    def test_every_release_is_there_for_both_architectures_and_dated_by_its_name(self, ec2: Any) -> None:
        images = ec2.describe_images(
            Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-kernel-6.1-*"]}]
        )["Images"]
        assert sorted((image["Name"], image["CreationDate"][:10], image["State"]) for image in images) == [
            (f"al2023-ami-{release}-kernel-6.1-{architecture}", date, "available")
            for release, date in (
                ("2023.10.20260216.1", "2026-02-16"),
                ("2023.11.20260611.0", "2026-06-11"),
                ("2023.12.20260930.0", "2026-09-30"),
                ("2023.9.20251117.1", "2025-11-17"),
            )
            for architecture in ("arm64", "x86_64")
        ]
        assert {image["RootDeviceName"] for image in images} == {"/dev/xvda"}

    def test_an_earlier_release_keeps_its_id_and_launches(self, account: Account, ec2: Any) -> None:
        def find() -> str:
            name = "al2023-ami-2023.11.20260611.0-kernel-6.1-arm64"
            [image] = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": [name]}])["Images"]
            return str(image["ImageId"])

        first = find()
        account.reset()
        assert find() == first
        [instance] = ec2.run_instances(ImageId=first, InstanceType="t4g.micro", MinCount=1, MaxCount=1)["Instances"]
        assert (instance["ImageId"], instance["Architecture"]) == (first, "arm64")

    def test_an_unknown_image_and_an_unknown_type_are_refused(self, account: Account, ec2: Any) -> None:
        launch = {"MinCount": 1, "MaxCount": 1}
        code, _ = refusal(ec2.run_instances, ImageId="ami-0123456789abcdef0", InstanceType="t4g.micro", **launch)
        assert code == "InvalidAMIID.NotFound"
        code, _ = refusal(ec2.run_instances, ImageId=image_id(account), InstanceType="t9.micro", **launch)
        assert code == "InvalidInstanceType.NotFound"


class TestNatGateways:
    def test_regional_gateway_spans_the_zones_of_its_vpc(self, ec2: Any, network: Network) -> None:
        created = ec2.create_nat_gateway(AvailabilityMode="regional", VpcId=network.vpc_id)["NatGateway"]
        [described] = ec2.describe_nat_gateways(NatGatewayIds=[created["NatGatewayId"]])["NatGateways"]
        assert described["AvailabilityMode"] == "regional"
        assert described["VpcId"] == network.vpc_id
        assert "SubnetId" not in described
        assert (described["AutoProvisionZones"], described["AutoScalingIps"]) == ("enabled", "enabled")
        addresses = described["NatGatewayAddresses"]
        assert [address["AvailabilityZone"] for address in addresses] == [f"{REGION}{zone}" for zone in "abc"]
        assert all(address["Status"] == "succeeded" and address["PublicIp"] for address in addresses)

    def test_regional_gateway_takes_given_addresses_per_zone(self, ec2: Any, network: Network) -> None:
        address = ec2.allocate_address(Domain="vpc")
        zone = f"{REGION}b"
        gateway = ec2.create_nat_gateway(
            AvailabilityMode="regional",
            VpcId=network.vpc_id,
            AvailabilityZoneAddresses=[{"AvailabilityZone": zone, "AllocationIds": [address["AllocationId"]]}],
        )["NatGateway"]
        [given] = gateway["NatGatewayAddresses"]
        assert (given["AvailabilityZone"], given["PublicIp"]) == (zone, address["PublicIp"])
        assert gateway["AutoProvisionZones"] == "disabled"
        code, _ = refusal(ec2.release_address, AllocationId=address["AllocationId"])
        assert code == "InvalidIPAddress.InUse"
        ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
        ec2.release_address(AllocationId=address["AllocationId"])

    def test_regional_gateway_has_a_vpc_and_no_subnet(self, ec2: Any, network: Network) -> None:
        code, _ = refusal(
            ec2.create_nat_gateway,
            AvailabilityMode="regional",
            VpcId=network.vpc_id,
            SubnetId=network.subnet_ids[0],
        )
        assert code == "InvalidParameterCombination"
        assert refusal(ec2.create_nat_gateway, AvailabilityMode="regional")[0] == "MissingParameter"
        assert refusal(ec2.create_nat_gateway)[0] == "MissingParameter"

    def test_gateway_in_a_subnet_says_its_kind_and_has_an_address_there(self, ec2: Any, network: Network) -> None:
        gateway_id, allocation_id = make_nat_gateway(ec2, network.subnet_ids[1])
        [gateway] = ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"]
        assert (gateway["AvailabilityMode"], gateway["ConnectivityType"]) == ("zonal", "public")
        [address] = gateway["NatGatewayAddresses"]
        assert address["IsPrimary"] is True
        assert address["AllocationId"] == allocation_id
        assert address["PrivateIp"].startswith("10.0.1.")

    def test_deleted_gateway_frees_its_subnet_and_address(self, ec2: Any, network: Network) -> None:
        subnet_id = network.subnet_ids[0]
        gateway_id, allocation_id = make_nat_gateway(ec2, subnet_id)
        assert refusal(ec2.delete_subnet, SubnetId=subnet_id)[0] == "DependencyViolation"
        ec2.delete_nat_gateway(NatGatewayId=gateway_id)
        ec2.release_address(AllocationId=allocation_id)
        ec2.delete_subnet(SubnetId=subnet_id)


class TestRoutes:
    @pytest.mark.parametrize(
        ("destination", "value"), [("DestinationCidrBlock", "0.0.0.0/0"), ("DestinationIpv6CidrBlock", "::/0")]
    )
    def test_second_route_to_a_destination_is_refused(
        self, ec2: Any, network: Network, destination: str, value: str
    ) -> None:
        table_id = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
        interface = ec2.create_network_interface(SubnetId=network.subnet_ids[0])["NetworkInterface"]
        route = {"RouteTableId": table_id, destination: value}
        ec2.create_route(**route, GatewayId=network.gateway_id)
        taken = ("RouteAlreadyExists", f"The route identified by {value} already exists")
        assert refusal(ec2.create_route, **route, GatewayId=network.gateway_id) == taken
        assert refusal(ec2.create_route, **route, NetworkInterfaceId=interface["NetworkInterfaceId"]) == taken

    def test_target_of_a_route_changes_in_place(self, ec2: Any, network: Network) -> None:
        table_id = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
        nat_gateway_id, _ = make_nat_gateway(ec2, network.subnet_ids[0])
        interface_id = ec2.create_network_interface(SubnetId=network.subnet_ids[0])["NetworkInterface"][
            "NetworkInterfaceId"
        ]
        route = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}

        def target() -> dict[str, str]:
            [table] = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
            [found] = [each for each in table["Routes"] if each["DestinationCidrBlock"] == "0.0.0.0/0"]
            return {name: value for name, value in found.items() if name.endswith("Id")}

        ec2.create_route(**route, NatGatewayId=nat_gateway_id)
        assert target() == {"NatGatewayId": nat_gateway_id}
        ec2.replace_route(**route, NetworkInterfaceId=interface_id)
        assert target() == {"NetworkInterfaceId": interface_id}
        ec2.replace_route(**route, GatewayId=network.gateway_id)
        assert target() == {"GatewayId": network.gateway_id}

    def test_nat_gateway_that_is_not_there_is_no_target(self, ec2: Any, network: Network) -> None:
        table_id = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
        gateway_id, _ = make_nat_gateway(ec2, network.subnet_ids[0])
        ec2.delete_nat_gateway(NatGatewayId=gateway_id)
        route = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": gateway_id}
        assert refusal(ec2.create_route, **route) == (
            "InvalidNatGatewayID.NotFound",
            f"The natGateway ID '{gateway_id}' does not exist",
        )


class TestWhatIsInUseStays:
    def test_group_that_another_group_names(self, ec2: Any, network: Network) -> None:
        other = ec2.create_security_group(GroupName="other", Description="d", VpcId=network.vpc_id)["GroupId"]
        pair = {"GroupId": network.group_id, "Description": "from the balancer"}
        ec2.authorize_security_group_ingress(
            GroupId=other,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [pair]}],
        )
        assert refusal(ec2.delete_security_group, GroupId=network.group_id) == (
            "DependencyViolation",
            f"resource {network.group_id} has a dependent object",
        )
        ec2.delete_security_group(GroupId=other)
        ec2.delete_security_group(GroupId=network.group_id)

    def test_group_that_names_itself_goes(self, ec2: Any, network: Network) -> None:
        pair = {"GroupId": network.group_id}
        ec2.authorize_security_group_ingress(
            GroupId=network.group_id, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [pair]}]
        )
        ec2.delete_security_group(GroupId=network.group_id)

    def test_group_that_an_interface_wears(self, ec2: Any, network: Network) -> None:
        interface = ec2.create_network_interface(SubnetId=network.subnet_ids[0], Groups=[network.group_id])
        assert refusal(ec2.delete_security_group, GroupId=network.group_id)[0] == "DependencyViolation"
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"])
        ec2.delete_security_group(GroupId=network.group_id)

    def test_group_that_an_endpoint_wears(self, ec2: Any, network: Network) -> None:
        endpoint = ec2.create_vpc_endpoint(
            VpcId=network.vpc_id,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{REGION}.ssm",
            SubnetIds=[network.subnet_ids[0]],
            SecurityGroupIds=[network.group_id],
            PrivateDnsEnabled=False,
        )["VpcEndpoint"]
        assert refusal(ec2.delete_security_group, GroupId=network.group_id)[0] == "DependencyViolation"
        assert refusal(ec2.delete_subnet, SubnetId=network.subnet_ids[0])[0] == "DependencyViolation"
        ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
        ec2.delete_security_group(GroupId=network.group_id)
        ec2.delete_subnet(SubnetId=network.subnet_ids[0])

    def test_internet_gateway_while_an_address_is_mapped(self, ec2: Any, network: Network) -> None:
        interface_id = ec2.create_network_interface(SubnetId=network.subnet_ids[0])["NetworkInterface"][
            "NetworkInterfaceId"
        ]
        allocation_id = ec2.allocate_address(Domain="vpc")["AllocationId"]
        association_id = ec2.associate_address(AllocationId=allocation_id, NetworkInterfaceId=interface_id)[
            "AssociationId"
        ]
        detach = {"InternetGatewayId": network.gateway_id, "VpcId": network.vpc_id}
        assert refusal(ec2.detach_internet_gateway, **detach) == (
            "DependencyViolation",
            f"Network {network.vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )
        ec2.disassociate_address(AssociationId=association_id)
        ec2.detach_internet_gateway(**detach)

    def test_vpc_with_a_gateway_or_a_group(self, ec2: Any, network: Network) -> None:
        for subnet_id in network.subnet_ids:
            ec2.delete_subnet(SubnetId=subnet_id)
        refused = ("DependencyViolation", f"The vpc '{network.vpc_id}' has dependencies and cannot be deleted.")
        assert refusal(ec2.delete_vpc, VpcId=network.vpc_id) == refused
        ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
        assert refusal(ec2.delete_vpc, VpcId=network.vpc_id) == refused
        ec2.delete_security_group(GroupId=network.group_id)
        ec2.delete_vpc(VpcId=network.vpc_id)


class TestSecurityGroupRules:
    @pytest.mark.parametrize(
        "peer",
        [
            {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "why"}]},
            {"Ipv6Ranges": [{"CidrIpv6": "fd00::/8", "Description": "why"}]},
            {"UserIdGroupPairs": [{"GroupId": "own", "Description": "why"}]},
            {"PrefixListIds": [{"PrefixListId": "own", "Description": "why"}]},
        ],
        ids=lambda peer: next(iter(peer)),
    )
    def test_description_is_kept_and_changed_whatever_the_rule_names(
        self, ec2: Any, network: Network, peer: dict[str, list[dict[str, str]]]
    ) -> None:
        prefix_lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
        own = {"GroupId": network.group_id, "PrefixListId": prefix_lists[0]["PrefixListId"]}
        [(kind, [target])] = peer.items()
        named = {key: own[key] if value == "own" else value for key, value in target.items()}
        permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, kind: [named]}
        [rule] = ec2.authorize_security_group_ingress(GroupId=network.group_id, IpPermissions=[permission])[
            "SecurityGroupRules"
        ]
        assert rule["Description"] == "why"

        def described() -> Any:
            [found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
                "SecurityGroupRules"
            ]
            return found

        assert described()["Description"] == "why"
        same = {
            "CidrIp": "CidrIpv4",
            "CidrIpv6": "CidrIpv6",
            "GroupId": "ReferencedGroupId",
            "PrefixListId": "PrefixListId",
        }
        key = next(key for key in named if key != "Description")
        changed = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8081, same[key]: named[key]}
        ec2.modify_security_group_rules(
            GroupId=network.group_id,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": changed}],
        )
        found = described()
        assert (found["FromPort"], found["ToPort"], "Description" in found) == (8080, 8081, False)

    def test_rule_for_every_protocol_changes_without_ports(self, ec2: Any, network: Network) -> None:
        other = ec2.create_security_group(GroupName="other", Description="d", VpcId=network.vpc_id)["GroupId"]
        [rule] = ec2.authorize_security_group_ingress(
            GroupId=network.group_id,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": network.group_id}]}],
        )["SecurityGroupRules"]
        change = {"IpProtocol": "-1", "ReferencedGroupId": other, "Description": "now"}
        ec2.modify_security_group_rules(
            GroupId=network.group_id,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}],
        )
        [found] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])[
            "SecurityGroupRules"
        ]
        assert found["ReferencedGroupInfo"]["GroupId"] == other
        assert found["Description"] == "now"

    def test_same_rule_with_another_description_is_a_duplicate(self, ec2: Any, network: Network) -> None:
        def authorize(description: str) -> Any:
            pair = {"GroupId": network.group_id, "Description": description}
            permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [pair]}
            return ec2.authorize_security_group_ingress(GroupId=network.group_id, IpPermissions=[permission])

        authorize("one")
        assert refusal(authorize, description="two")[0] == "InvalidPermission.Duplicate"


class TestSubnets:
    def test_dns_settings_of_a_subnet_are_kept(self, ec2: Any, network: Network) -> None:
        subnet_id = network.subnet_ids[0]
        for setting in (
            {"EnableDns64": {"Value": True}},
            {"PrivateDnsHostnameTypeOnLaunch": "resource-name"},
            {"EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
        ):
            ec2.modify_subnet_attribute(SubnetId=subnet_id, **setting)
        [subnet] = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
        assert subnet["EnableDns64"] is True
        assert subnet["PrivateDnsNameOptionsOnLaunch"] == {
            "HostnameType": "resource-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": True,
        }

    def test_interfaces_never_share_an_address(self, ec2: Any, network: Network) -> None:
        small = ec2.create_subnet(VpcId=network.vpc_id, CidrBlock="10.0.9.0/28", AvailabilityZone=f"{REGION}a")
        subnet_id = small["Subnet"]["SubnetId"]
        made = [ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"] for _ in range(10)]
        assert sorted(int(each["PrivateIpAddress"].rpartition(".")[2]) for each in made) == list(range(4, 14))


class TestInterfaces:
    def test_source_destination_check_and_elastic_address_are_told(self, ec2: Any, network: Network) -> None:
        interface_id = ec2.create_network_interface(SubnetId=network.subnet_ids[0])["NetworkInterface"][
            "NetworkInterfaceId"
        ]
        address = ec2.allocate_address(Domain="vpc")
        ec2.modify_network_interface_attribute(NetworkInterfaceId=interface_id, SourceDestCheck={"Value": False})
        ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=interface_id)
        [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"]
        assert interface["SourceDestCheck"] is False
        assert interface["Association"]["PublicIp"] == address["PublicIp"]
        assert interface["Association"]["AllocationId"] == address["AllocationId"]

    def test_interface_of_an_instance_goes_with_it_and_a_given_one_stays(
        self, account: Account, ec2: Any, network: Network
    ) -> None:
        kept_id = ec2.create_network_interface(SubnetId=network.subnet_ids[0])["NetworkInterface"]["NetworkInterfaceId"]
        ec2.modify_network_interface_attribute(NetworkInterfaceId=kept_id, SourceDestCheck={"Value": False})
        launch = {"ImageId": image_id(account), "InstanceType": "t4g.micro", "MinCount": 1, "MaxCount": 1}
        attached = [{"DeviceIndex": 0, "NetworkInterfaceId": kept_id}]
        [own] = ec2.run_instances(**launch, SubnetId=network.subnet_ids[0])["Instances"]
        [given] = ec2.run_instances(**launch, NetworkInterfaces=attached)["Instances"]
        assert given["SubnetId"] == network.subnet_ids[0]
        assert given["SourceDestCheck"] is False
        assert refusal(ec2.run_instances, **launch, NetworkInterfaces=attached) == (
            "InvalidNetworkInterface.InUse",
            f"Interface: [{kept_id}] in use.",
        )
        assert refusal(ec2.delete_network_interface, NetworkInterfaceId=kept_id)[0] == "InvalidParameterValue"

        ec2.terminate_instances(InstanceIds=[own["InstanceId"], given["InstanceId"]])
        left = ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [network.subnet_ids[0]]}])
        assert [(each["NetworkInterfaceId"], each["Status"]) for each in left["NetworkInterfaces"]] == [
            (kept_id, "available")
        ]


TEMPLATE: dict[str, Any] = {
    "InstanceType": "t4g.small",
    "UserData": "aGVsbG8=",
    "EbsOptimized": True,
    "Monitoring": {"Enabled": True},
    "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
    "BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeType": "gp3", "VolumeSize": 12}}
    ],
    "TagSpecifications": [
        {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]},
        {"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": "disk"}]},
    ],
}


class TestLaunchTemplates:
    def test_everything_in_a_template_reaches_the_instance(self, account: Account, ec2: Any, network: Network) -> None:
        iam = account.client("iam")
        profile = iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"]["Arn"]
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "Groups": [network.group_id]}
        data = {
            **TEMPLATE,
            "ImageId": image_id(account),
            "IamInstanceProfile": {"Arn": profile},
            "NetworkInterfaces": [{**interface, "SubnetId": network.subnet_ids[2]}],
        }
        ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=data)
        [instance] = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "web"}, MinCount=1, MaxCount=1)[
            "Instances"
        ]
        [described] = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"]
        assert described["InstanceType"] == "t4g.small"
        assert described["SubnetId"] == network.subnet_ids[2]
        assert [group["GroupId"] for group in described["SecurityGroups"]] == [network.group_id]
        assert [group["GroupId"] for group in described["NetworkInterfaces"][0]["Groups"]] == [network.group_id]
        assert described["IamInstanceProfile"]["Arn"] == profile
        assert described["MetadataOptions"]["HttpTokens"] == "required"
        assert described["Monitoring"]["State"] == "enabled"
        assert described["EbsOptimized"] is True
        assert "PublicIpAddress" not in described
        assert {"Key": "Name", "Value": "web"} in described["Tags"]

        [volume] = ec2.describe_volumes(
            Filters=[{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
        )["Volumes"]
        assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 12)
        assert volume["Attachments"][0]["Device"] == "/dev/xvda"
        assert volume["Tags"] == [{"Key": "Name", "Value": "disk"}]

    def test_tags_of_the_template_are_not_among_those_it_gives(self, ec2: Any) -> None:
        created = ec2.create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData=TEMPLATE,
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "desk"}]}],
        )["LaunchTemplate"]
        assert created["Tags"] == [{"Key": "team", "Value": "desk"}]
        [version] = ec2.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"]
        given = version["LaunchTemplateData"]["TagSpecifications"]
        assert [tags["ResourceType"] for tags in given] == ["instance", "volume"]

    def test_version_on_top_of_another_keeps_what_it_does_not_name(self, ec2: Any) -> None:
        ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=TEMPLATE)
        ec2.create_launch_template_version(
            LaunchTemplateName="web", SourceVersion="1", LaunchTemplateData={"InstanceType": "t4g.medium"}
        )
        versions = ec2.describe_launch_template_versions(LaunchTemplateName="web", Versions=["2"])
        [version] = versions["LaunchTemplateVersions"]
        data = version["LaunchTemplateData"]
        assert (data["InstanceType"], data["UserData"]) == ("t4g.medium", "aGVsbG8=")


def test_the_default_vpc_of_a_fresh_account_is_there(ec2: Any) -> None:
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    assert (vpc["IsDefault"], vpc["CidrBlock"], vpc["OwnerId"]) == (True, "172.31.0.0/16", ACCOUNT_ID)
