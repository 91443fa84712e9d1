"""The services' background tasks, where the queue looks for them."""

from xinyong.services.creditreport.tasks import tasks

__all__ = ["tasks"]
