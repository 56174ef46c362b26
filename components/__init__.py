"""The hotel's infrastructure as components that any Pulumi program can import."""
