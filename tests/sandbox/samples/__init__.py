"""For every resource type: inputs that together use each translated property. One module per module of the provider."""

import importlib
import pkgutil

from tests.sandbox.harness import Sample

SAMPLES: dict[str, Sample] = {}
for _module in pkgutil.iter_modules(__path__):
    SAMPLES |= importlib.import_module(f"{__name__}.{_module.name}").SAMPLES
