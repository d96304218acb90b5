"""A real Tryton ERP on this machine, for the demo and the tests: built once, started from a copy in seconds."""

from .builder import Template, TrytonBuildError, built_template
from .server import TrytonServer, running_tryton

__all__ = ["Template", "TrytonBuildError", "TrytonServer", "built_template", "running_tryton"]
