"""The hotel's system: a network, a database inside it, and a web tier that the administrator opens."""

from pathlib import Path

import pulumi

from components import Database, Network, WebTier
from settings import Settings

settings = Settings.load()

network = Network("network", settings.network)

database = Database(
    "database",
    settings.database(vpc_id=network.vpc_id, subnet_ids=network.isolated_subnet_ids),
)

web = WebTier(
    "web",
    settings.web(
        vpc_id=network.vpc_id,
        public_subnet_ids=network.public_subnet_ids,
        private_subnet_ids=network.private_subnet_ids,
        security_group_ids=[database.client_security_group_id],
        user_data=(Path(__file__).parent / "app" / "user_data.sh").read_text(),
    ),
)

pulumi.export("url", web.url)
pulumi.export("load_balancer_dns_name", web.load_balancer_dns_name)
pulumi.export("autoscaling_group_name", web.autoscaling_group_name)
pulumi.export("database_endpoint", database.endpoint)
pulumi.export("database_secret_arn", database.secret_arn)
pulumi.export("egress_addresses", network.egress_addresses)
