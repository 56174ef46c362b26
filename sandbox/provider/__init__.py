"""The sandbox's resource providers: `pulumi-resource-aws` and `pulumi-resource-random` as the engine starts them.

Here live the mechanics every resource type shares: the table of properties (`schema`), the verbs check and diff
(`check`, `diff`), the wire (`wire`), the way to the account (`account`), and the server (`server`). `aws/` holds
one small module per AWS service, `random.py` the random provider. Nothing here knows hotelaria's own components.
"""
