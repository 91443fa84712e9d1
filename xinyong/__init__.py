"""信用潼南: an open platform for a district's public credit information."""

__version__ = "0.1.0"
