"""The commands that make the runs of a row again."""

import shlex
from dataclasses import dataclass

from nasarena.suite.errors import UserError, printable
from nasarena.suite.methods import method_names
from nasarena.suite.names import Spec
from nasarena.suite.protocol import protocol_names
from nasarena.suite.records.method_description import MethodDescription
from nasarena.suite.statistics.run_set import RunSet

SHOWN_SEED_RANGES = 3


@dataclass(frozen=True)
class Reproduction:
    """How the runs of a method on a benchmark are made again, and what commands do not say."""

    method: str
    benchmark: str
    version: str
    seeds: int
    commands: list[str]
    remark: str


def reproduction(runs: RunSet) -> Reproduction:
    """The commands for a method's runs on a benchmark, one a range of seeds."""
    identity, remarks = runs.identity, []
    seeds = runs.seeds.tolist()
    ranges: list[list[int]] = []
    for seed in seeds:
        if ranges and seed == ranges[-1][1]:
            ranges[-1][1] += 1
        else:
            ranges.append([seed, seed + 1])
    if len(ranges) > 1:
        remarks.append("the seeds are not contiguous")
    if len(ranges) > SHOWN_SEED_RANGES:
        remarks[-1] += f": these results have {len(seeds)} of {seeds[0]}:{seeds[-1] + 1}"
        ranges = [[seeds[0], seeds[-1] + 1]]
    method = identity.method
    if base_name(method) not in method_names():
        method, remark = _not_registered(method, runs.description)
        remarks.append(remark)
    if base_name(identity.protocol) not in protocol_names():
        remarks.append("the protocol is not shipped here: give its .toml file")
    commands = [
        shlex.join(
            [
                *("nasarena", "run", "--methods", printable(method)),
                *("--benchmarks", identity.benchmark, "--seeds", f"{start}:{stop}"),
                *("--protocol", printable(identity.protocol)),
            ]
        )
        for start, stop in ranges
    ]
    return Reproduction(
        method=identity.method,
        benchmark=identity.benchmark,
        version=identity.method_version,
        seeds=runs.count,
        commands=commands,
        remark="; ".join(remarks),
    )


def _not_registered(method: str, said: MethodDescription | None) -> tuple[str, str]:
    """What to give `--methods` for a method that is not registered here, and what to do before."""
    if said is None or said.reference is None:
        return method, (
            "the method is not registered here: give its file and class, as in file.py:Class, "
            "or its module, as in package.module:Class"
        )
    home, _, _ = said.reference.rpartition(":")
    given = str(Spec(said.reference, Spec.parse(method).parameters))
    if home.endswith(".py"):
        return given, f"needs {home} of its author in the current folder"
    if said.package:
        return given, f"needs its package: python -m pip install {said.package}"
    return given, f"needs the package that has the module {home}"


def base_name(name: str) -> str | None:
    """A name without its parameters; None for what is no name at all."""
    try:
        return Spec.parse(name).name
    except UserError:
        return None
