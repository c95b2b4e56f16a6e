"""No settings."""


class Settings:
    """Validated by `mystack.serve` before it starts."""
