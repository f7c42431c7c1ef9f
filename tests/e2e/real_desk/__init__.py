"""A real django-helpdesk on loopback, installed from the package index into a virtual environment of its own."""

from tests.e2e.real_desk.desk import RealDesk

__all__ = ["RealDesk"]
