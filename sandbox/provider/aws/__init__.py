"""The AWS provider: one module per AWS service, each with the resource types and functions it translates."""
