"""What bit-for-bit equal traces depend on besides the code: versions, processor, device."""

import json
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from nasarena.suite.device import device_name

RECORDED_PACKAGES = ("nasarena", "numpy", "scipy", "scikit-learn", "xgboost", "lightgbm", "torch")


def environment(changed: Sequence[str] = ()) -> str:
    """What bit-for-bit equal traces depend on: versions, the kind of CPU, the device; as JSON.

    On another device than the CPU not even that makes traces equal. `changed` are the settings
    of the process that the method changed, which were put back after its run.
    """
    said = {"settings_put_back": list(changed)} if changed else {}
    return json.dumps(_machine() | {"device": device_name()} | said, sort_keys=True)


def differing(environments: Iterable[str]) -> list[str]:
    """A sentence where the machines of runs differed in what equal traces depend on."""
    found: dict[str, dict[str, None]] = {}
    for environment in environments:
        for name, value in _named(json.loads(environment)):
            found.setdefault(name, {})[value] = None
    differences = [
        f"{name}: {', '.join(sorted(values))}" for name, values in found.items() if len(values) > 1
    ]
    if not differences:
        return []
    return [
        f"the machines that runs were made on differ ({'; '.join(differences)}), so that the same "
        "seed may give another trace there; what each run was made on is recorded with it"
    ]


def _named(environment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is in a recorded environment, by name."""
    yield from environment["packages"].items()
    for name in ("python", "platform", "cpu", "device"):
        yield name, environment[name]


@cache
def _machine() -> dict[str, Any]:
    packages = {}
    for name in RECORDED_PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "packages": packages,
        "platform": platform.platform(terse=True),
        "cpu": _cpu(),
    }


def _cpu() -> str:
    """The processor's model, where the system tells it.

    Virtual machines give many processors one name: family, model and the widest vector
    instructions, which decide in what order libraries add up, tell them apart.
    """
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            first = file.read().split("\n\n")[0]
    except OSError:
        first = ""
    said = dict(re.findall(r"^(.*?)\s*: (.*)$", first, re.MULTILINE))
    if "model name" not in said:
        return platform.processor() or platform.machine()
    flags = said.get("flags", "").split()
    vectors = next((name for name in ("avx512f", "avx2", "avx") if name in flags), "no avx")
    kind = [said[name] for name in ("cpu family", "model") if name in said]
    return f"{said['model name']} ({' '.join([*kind, vectors])})"
