"""What AWS publishes and both sides of the sandbox need: tables and pure rules, without moto, boto3 or pulumi."""
