"""Instances, their volumes, templates and placement groups as AWS answers where moto 5.2.5 does not.

moto gives an instance no volume at its image's root device; forgets what kind of volumes were asked for; ignores
protection against termination, processor options, credits, tenancy, placement, recovery and host names; cannot switch
detailed monitoring; never changes a launch template's tags; and has no placement groups.
"""

import base64
import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.types import Base64EncodedString
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification, random_resource_id

ROOT_SIZE = 8
"""GiB of the root volume of Amazon Linux 2023 images."""

GP3 = {"iops": 3000, "throughput": 125}
"""What a gp3 volume has unless told otherwise (CreateVolume, Amazon EC2 API Reference)."""

KEPT = {
    "CpuOptions": "cpu_options",
    "EnclaveOptions": "enclave_options",
    "MaintenanceOptions": "maintenance_options",
    "PrivateDnsNameOptions": "private_dns_name_options",
}
"""Members of a launch that describe_instances shows as they were given, and moto's name for each."""


class PlacementGroup(TaggedEC2Resource):
    """Where instances stand to each other."""

    def __init__(self, backend: Any, name: str, values: dict[str, Any], tags: dict[str, str]) -> None:
        self.ec2_backend = backend
        self.id = self.group_id = f"pg-{random_resource_id(17)}"
        self.group_name = name
        self.group_arn = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}:placement-group/{name}"
        self.strategy = values.get("Strategy") or "cluster"
        partitions = 7 if self.strategy == "partition" else None
        self.partition_count = values.get("PartitionCount") or partitions
        self.spread_level = values.get("SpreadLevel") or ("rack" if self.strategy == "spread" else None)
        self.state = "available"
        self.add_tags(tags)


class InstanceBackend(EC2Backend):
    """What instances have beside what moto gives them."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.placement_groups: dict[str, PlacementGroup] = {}

    def run_instances(self, image_id: str, *arguments: Any, **named: Any) -> Any:
        """Launch with a volume at the root device, and volumes of the kind that was asked for."""
        root = self.root_device(image_id, named.get("launch_template"))
        mappings = copy.deepcopy([m for m in named.get("block_device_mappings") or [] if m.get("Ebs")])
        if root not in {mapping["DeviceName"] for mapping in mappings}:
            mappings.insert(0, {"DeviceName": root, "Ebs": {"VolumeType": "gp3", "DeleteOnTermination": True}})
        for mapping in mappings:
            if mapping["DeviceName"] == root and not mapping["Ebs"].get("VolumeSize"):
                mapping["Ebs"]["VolumeSize"] = ROOT_SIZE
        named["block_device_mappings"] = mappings
        reservation = super().run_instances(image_id, *arguments, **named)
        for instance in reservation.instances:
            for mapping in mappings:
                if mapping.get("NoDevice") != "":
                    volume = self.get_volume(instance.block_device_mapping[mapping["DeviceName"]].volume_id)
                    self.set_speed(volume, mapping["Ebs"])
        return reservation

    def root_device(self, image_id: str | None, template: dict[str, Any] | None) -> str:
        """The root device of an image, or of the one that a launch template names."""
        if not image_id and template:
            image_id = self._get_template_from_args(template).data.get("ImageId")
        images = self.describe_images(ami_ids=[image_id]) if image_id else []
        return str(images[0].root_device_name) if images else "/dev/xvda"

    def set_speed(self, volume: Any, values: dict[str, Any]) -> None:
        """Give a volume the speed that was asked for, or that its type has."""
        usual: dict[str, int | None] = dict(GP3) if volume.volume_type == "gp3" else {}
        volume.iops = values.get("Iops") or usual.get("iops")
        volume.throughput = values.get("Throughput") or usual.get("throughput")

    def create_volume(self, *arguments: Any, **named: Any) -> Any:
        """Create a volume with the speed of its type."""
        volume = super().create_volume(*arguments, **named)
        self.set_speed(volume, {"Iops": named.get("iops"), "Throughput": named.get("throughput")})
        return volume

    def modify_instance_attribute(self, instance_id: str, key: str, value: Any) -> Any:
        """Change an attribute; the check of source and destination is the primary interface's."""
        instance = super().modify_instance_attribute(instance_id, key, value)
        if key == "source_dest_check":
            instance.nics[0].source_dest_check = value
        return instance

    def replace_iam_instance_profile_association(self, *arguments: Any, **named: Any) -> Any:
        """Give an instance another profile; moto does not show it on the instance."""
        association = super().replace_iam_instance_profile_association(*arguments, **named)
        profile = {"Arn": association.iam_instance_profile.arn, "Id": association.association_id}
        super().modify_instance_attribute(association.instance_id, "iam_instance_profile", profile)
        return association

    def modify_instance_security_groups(self, instance_id: str, new_group_id_list: list[str]) -> Any:
        """Change an instance's groups, which are those of its primary interface."""
        instance = super().modify_instance_security_groups(instance_id, new_group_id_list)
        instance.nics[0]._group_set = list(instance.security_groups)
        return instance


class InstanceResponse(EC2Response):
    """The actions of EC2 that these need."""

    def run_instances(self) -> ActionResult:
        answer = super().run_instances()
        reservation: Any = answer.result
        template: dict[str, Any] = {}
        if given := self._get_param("LaunchTemplate"):
            template = self.ec2_backend._get_template_from_args(given).data
        for instance in reservation.instances:
            instance.disable_api_termination = instance.disable_api_termination or self._get_param(
                "DisableApiTermination", False
            )
            for member, name in KEPT.items():
                value = self._get_param(member) or template.get(member)
                if value:
                    setattr(instance, name, value)
            placement = self._get_param("Placement") or template.get("Placement", {})
            instance.placement.tenancy = placement.get("Tenancy") or "default"
            instance.placement.group_name = placement.get("GroupName") or ""
            credits = self._get_param("CreditSpecification") or template.get("CreditSpecification", {})
            instance.cpu_credits = credits.get("CpuCredits", "unlimited")
        return answer

    def modify_instance_attribute(self) -> ActionResult:
        """Change an attribute; moto takes user data, which the API decodes, for something yet to decode."""
        if (script := self._get_param("UserData.Value")) is None:
            return super().modify_instance_attribute()
        instance: Any = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        instance.user_data = Base64EncodedString(base64.b64encode(script).decode())
        return EmptyResult()

    def describe_launch_templates(self) -> ActionResult:
        """Describe templates with the tags they have now; moto shows those of their creation."""
        for template in self.ec2_backend.launch_templates.values():
            template.tags = template.get_tags()
        return super().describe_launch_templates()

    def _parse_block_device_mapping(self) -> list[dict[str, Any]]:
        mappings = super()._parse_block_device_mapping()
        for mapping, given in zip(mappings, self._get_param("BlockDeviceMappings", []), strict=True):
            mapping["Ebs"]["Throughput"] = given.get("Ebs", {}).get("Throughput")
        return mappings

    def describe_instance_credit_specifications(self) -> ActionResult:
        """Describe the credits that instances were launched with; T3 and later have them unlimited by default."""
        return ActionResult(
            {
                "InstanceCreditSpecifications": [
                    {
                        "InstanceId": i,
                        "CpuCredits": getattr(self.ec2_backend.get_instance(i), "cpu_credits", "unlimited"),
                    }
                    for i in self._get_param("InstanceIds", [])
                ]
            }
        )

    def modify_instance_credit_specification(self) -> ActionResult:
        changed = []
        for given in self._get_param("InstanceCreditSpecifications", []):
            instance: Any = self.ec2_backend.get_instance(given["InstanceId"])
            instance.cpu_credits = given["CpuCredits"]
            changed.append({"InstanceId": instance.id})
        return ActionResult({"SuccessfulInstanceCreditSpecifications": changed})

    def modify_instance_cpu_options(self) -> ActionResult:
        instance: Any = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        given = {name: self._get_param(name) for name in ("CoreCount", "ThreadsPerCore")}
        options = {**getattr(instance, "cpu_options", {}), **{k: v for k, v in given.items() if v is not None}}
        instance.cpu_options = options
        return ActionResult({"InstanceId": instance.id, **options})

    def modify_instance_maintenance_options(self) -> ActionResult:
        instance: Any = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        instance.maintenance_options = {"AutoRecovery": self._get_param("AutoRecovery")}
        return ActionResult({"InstanceId": instance.id, **instance.maintenance_options})

    def monitor_instances(self) -> ActionResult:  # type: ignore[override]
        return self.switch_monitoring("enabled")

    def unmonitor_instances(self) -> ActionResult:  # type: ignore[override]
        return self.switch_monitoring("disabled")

    def switch_monitoring(self, state: str) -> ActionResult:
        instances = [self.ec2_backend.get_instance(i) for i in self._get_param("InstanceIds", [])]
        for instance in instances:
            instance.monitoring_state = state
        return ActionResult(
            {"InstanceMonitorings": [{"InstanceId": i.id, "Monitoring": {"State": state}} for i in instances]}
        )

    def create_placement_group(self) -> ActionResult:
        name = self._get_param("GroupName")
        groups = self.ec2_backend.placement_groups
        if name in groups:
            raise EC2ClientError("InvalidPlacementGroup.Duplicate", f"The placement group '{name}' already exists.")
        tags = add_tag_specification(self._get_param("TagSpecifications", []))
        groups[name] = PlacementGroup(self.ec2_backend, name, self.params, tags)
        return ActionResult({"PlacementGroup": groups[name]})

    def describe_placement_groups(self) -> ActionResult:
        groups = self.ec2_backend.placement_groups
        names = self._get_param("GroupNames", [])
        for name in names:
            if name not in groups:
                raise unknown_group(name)
        return ActionResult(
            {"PlacementGroups": [group for name, group in groups.items() if not names or name in names]}
        )

    def delete_placement_group(self) -> ActionResult:
        name = self._get_param("GroupName")
        if self.ec2_backend.placement_groups.pop(name, None) is None:
            raise unknown_group(name)
        return EmptyResult()


def unknown_group(name: str) -> EC2ClientError:
    return EC2ClientError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
