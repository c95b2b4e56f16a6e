"""No settings."""


class Settings:
    """What `mystack.serve` looks at before it starts."""
