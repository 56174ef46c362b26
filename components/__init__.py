"""The hotel's infrastructure as components that any Pulumi program can import."""

from .database import Database, DatabaseArgs, DatabaseInsights
from .egress import Egress
from .flow_logs import FlowLogs
from .network import Network, NetworkArgs

__all__ = ["Database", "DatabaseArgs", "DatabaseInsights", "Egress", "FlowLogs", "Network", "NetworkArgs"]
