"""AWS in the checkout: `account` is the AWS side (a moto server), `provider` the Pulumi side (resource plugins)."""
