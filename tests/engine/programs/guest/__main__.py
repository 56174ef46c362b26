"""A library's catalogue: somebody else's program, which knows the three components from the wheel."""

import pulumi
from hotelaria.components import Database, DatabaseArgs, Egress, FlowLogs, Network, NetworkArgs, WebTier, WebTierArgs

zones = ["sa-east-1a", "sa-east-1c"]
network = Network(
    "library",
    NetworkArgs(cidr_block="10.77.0.0/16", zones=zones, egress=Egress.SINGLE, flow_logs=FlowLogs.OFF, protect=False),
)
catalogue = Database(
    "catalogue",
    DatabaseArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.isolated_subnet_ids,
        database_name="books",
        multi_az=False,
        deletion_protection=False,
        skip_final_snapshot=True,
        protect=False,
    ),
)
desk = WebTier(
    "desk",
    WebTierArgs(
        vpc_id=network.vpc_id,
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
        security_group_ids=[catalogue.client_security_group_id],
        user_data="#!/bin/sh\nexec python3 -m http.server 8080\n",
        image_release="2023.12.20260930.0",
        allow_plain_http=True,
        deletion_protection=False,
        force_destroy=True,
        protect=False,
    ),
)
pulumi.export("url", desk.url)
