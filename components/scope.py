"""How the children of one component are tagged, parented and protected."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import ComponentResource, InvokeOptions, Resource, ResourceOptions


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One instance of a component, as those see it who make its children."""

    parent: ComponentResource
    name: str
    """Beginning of every child's name."""
    tags: Mapping[str, str]

    def tagged(self, name: str) -> dict[str, str]:
        """The caller's tags and the `Name` that AWS's console shows; a `Name` of the caller's wins."""
        return {"Name": name, **self.tags}

    def lasting(self) -> ResourceOptions:
        """For what the component stands on: protected when the whole component is."""
        return ResourceOptions(parent=self.parent)

    def replaceable(self, *depends_on: Resource) -> ResourceOptions:
        """For what follows an argument that may change: never protected, though protection is inherited."""
        return ResourceOptions(parent=self.parent, protect=False, depends_on=depends_on)

    def lookup(self) -> InvokeOptions:
        """For lookups: in the region and account of the component's provider."""
        return InvokeOptions(parent=self.parent)
