"""`nasarena submit-check`: can a board take these results?"""

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nasarena.suite.commands.audited_cells import cell_fields, print_cells
from nasarena.suite.commands.options import Draw, Json, Reruns, Workers
from nasarena.suite.commands.output import counted, print_json, say

if TYPE_CHECKING:
    from nasarena.suite.audit.methods import Methods
    from nasarena.suite.submission.check import Submission
    from nasarena.suite.submission.fresh_seeds import FreshComparison

SHOWN_SEEDS = 5


def submit_check(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The results folder that is submitted.")
    ],
    seeds: Annotated[
        str,
        typer.Option(
            metavar="SEEDS",
            help="Seeds that the board asks for: 30 for 0 to 29, 1000:1100 for 1000 to 1099. More "
            "may follow.",
        ),
    ] = "1",
    code: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Import the submitted methods: their files below this folder, or their installed "
            "packages. This runs their authors' code.",
            show_default=False,
        ),
    ] = None,
    methods: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Submitted methods to run again, by name: path/to/file.py:ClassName.",
        ),
    ] = "",
    rerun: Reruns = 4,
    decoy: Annotated[
        bool,
        typer.Option("--decoy", help="Test whether each method knows what it did not query."),
    ] = False,
    draw: Draw = None,
    fresh_seeds: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Run each method on N seeds that are drawn now, and compare. Needs --after.",
        ),
    ] = 0,
    after: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help="What fresh seeds are drawn from, with the submission: a text published after "
            "it, such as the commit that merged it.",
        ),
    ] = "",
    fresh_results: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keep the runs on fresh seeds here.", show_default=False
        ),
    ] = None,
    board: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Results folder of the board; give it again to add another folder.",
            show_default=False,
        ),
    ] = None,
    preview: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the leaderboard here as it would be with the submission.",
            show_default=False,
        ),
    ] = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Say whether a board can take results, and what to put right.

    Audits the folder, as `nasarena audit` does, and asks for more: each method says what it is,
    has a name of its own, one source and all seeds from the first on, and the folder holds nothing
    else. Runs are made again where a method is at hand: registered here, given with --methods, or
    imported with --code. Nothing is written into the folder.

    With --fresh-seeds, the board's owner runs the methods on seeds that nobody could know before
    the submission, and learns whether the submitted samples are plausible beside them.

    Exit code 1: something is to be put right. 2: the folder cannot be used at all.

    \b
    Examples:
      nasarena submit-check results --code . --preview preview
      nasarena submit-check results --code . --fresh-seeds 20 --after 1a2b3c4d --rerun 10 --decoy
    """
    from nasarena.leaderboard.site import SITE
    from nasarena.suite.audit.decoy_test import decoy_test
    from nasarena.suite.audit.methods import Methods
    from nasarena.suite.audit.rerun import rerun as make_again
    from nasarena.suite.errors import RunsFailed, UserError
    from nasarena.suite.names import parse_seeds
    from nasarena.suite.records.store import open_results
    from nasarena.suite.submission.check import Problem, check_submission, read_submission
    from nasarena.suite.submission.code import import_methods
    from nasarena.suite.submission.known_names import is_shipped

    if bool(fresh_seeds) != bool(after.strip()):
        raise UserError(
            "fresh seeds are drawn from a text that was published after the submission: give both "
            "--fresh-seeds and --after, or none"
        )
    if code is not None and not code.is_dir():
        raise UserError(
            f"there is no folder {code}; give --code with the one that has the submitted methods"
        )
    if preview is not None:  # before the long work, as with the other folder
        SITE.check(preview)
    if fresh_seeds and fresh_results is not None:
        open_results(fresh_results, create=True)
    drawn = secrets.randbelow(2**31) if draw is None else draw
    submission = read_submission(folder)
    check_submission(submission, parse_seeds(seeds), board or [])
    imported = import_methods(submission, code) if code else []
    at_hand = Methods(",".join([*imported, methods]))
    if code is None and not methods and any(not is_shipped(one) for one in submission.methods):
        submission.notes.append(
            Problem("", "give --code to run its own methods again (it runs their authors' code)")
        )
    if rerun:
        make_again(submission.cells, at_hand, rerun, drawn, workers)
    if decoy:
        decoy_test(submission.cells, at_hand, drawn, workers)
    fresh = (
        _fresh(submission, at_hand, fresh_seeds, after, fresh_results, workers)
        if fresh_seeds
        else {}
    )
    page = _preview(submission, board or [], preview) if preview else None
    if json:
        print_json(_fields(submission, drawn, fresh))
    else:
        _print(submission, drawn if rerun or decoy else None, fresh)
        if page:
            say(f"The preview is {page}")
    if submission.problem_count:
        raise RunsFailed(
            f"{counted(submission.problem_count, 'thing')} to put right before {folder} can be "
            "taken"
        )


def _fresh(
    submission: "Submission",
    methods: "Methods",
    count: int,
    after: str,
    results: Path | None,
    workers: int | None,
) -> dict[str, Any]:
    """The seeds, and how the submitted runs look beside those on them."""
    from tempfile import TemporaryDirectory

    from nasarena.suite.submission.check import Problem
    from nasarena.suite.submission.fresh_seeds import draw_seeds, run_fresh, taken_seeds

    seeds = draw_seeds(submission.sha256, after, count, taken_seeds(submission))
    with TemporaryDirectory(prefix="nasarena-fresh-") as temporary:
        found, absent = run_fresh(submission, methods, seeds, results or Path(temporary), workers)
    for method, why in absent.items():
        submission.notes.append(Problem(method, f"not run on fresh seeds: {why}"))
    for one in found:
        if not one.plausible:
            submission.wrong.append(Problem(one.method, f"on fresh seeds {one.sentence}"))
    return {"after": after.strip(), "seeds": seeds, "comparisons": found}


def _preview(submission: "Submission", board: list[Path], out: Path) -> Path | None:
    """Write the leaderboard with the submission in it; None where no site can be made of it."""
    from tempfile import TemporaryDirectory

    from nasarena.leaderboard.site import write_site
    from nasarena.suite.errors import UserError
    from nasarena.suite.submission.check import Problem
    from nasarena.suite.submission.preview import audited_copy

    with TemporaryDirectory(prefix="nasarena-preview-") as temporary:
        copy = audited_copy(submission, Path(temporary) / "results")
        try:
            return write_site([*board, copy], out, keep_going=True)
        except UserError as error:
            if not submission.problem_count:  # else that is why
                said = str(error).replace(str(copy), str(submission.results))
                submission.wrong.append(Problem("", f"no leaderboard can be made of it: {said}"))
            return None


def _fields(submission: "Submission", drawn: int, fresh: dict[str, Any]) -> dict[str, Any]:
    return {
        "submission": submission.sha256,
        "draw": drawn,
        "acceptable": not submission.problem_count,
        "wrong": [{"where": one.where, "what": one.sentence} for one in submission.wrong],
        "notes": [{"where": one.where, "what": one.sentence} for one in submission.notes],
        "cells": [cell_fields(cell) for cell in submission.cells],
        "fresh": fresh
        and fresh | {"comparisons": [_comparison_fields(one) for one in fresh["comparisons"]]},
    }


def _comparison_fields(one: "FreshComparison") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(one) | {"plausible": one.plausible, "sentence": one.sentence}


def _print(submission: "Submission", drawn: int | None, fresh: dict[str, Any]) -> None:
    from nasarena.suite.errors import one_line

    print_cells(submission.cells)
    for kind, problems in (("wrong", submission.wrong), ("note", submission.notes)):
        for one in problems:
            say(f"{kind}: {one_line(str(one), 600)}")
    if fresh and fresh["comparisons"]:
        seeds = fresh["seeds"]
        more = "" if len(seeds) <= SHOWN_SEEDS else f" and {len(seeds) - SHOWN_SEEDS} more"
        say(
            f"fresh seeds, drawn from the submission and '{one_line(fresh['after'], 80)}': "
            f"{', '.join(map(str, seeds[:SHOWN_SEEDS]))}{more}"
        )
        for one in fresh["comparisons"]:
            say(f"fresh: {one_line(f'{one.method} under {one.protocol}', 200)}: {one.sentence}")
    if drawn is not None:
        say(f"what was drawn is drawn again with --draw {drawn}")
    say(f"submission {submission.sha256}")
    if not submission.problem_count:
        say("nothing is wrong with it")
