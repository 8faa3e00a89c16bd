"""`nasarena schema`: the JSON schema of experiment files."""

from nasarena.suite.commands.output import print_json


def schema() -> None:
    """Print the JSON schema of experiment files.

    An editor that knows it completes the keys of an experiment file and marks mistakes. Name it in
    the file's first line: #:schema ./experiment.schema.json

    \b
    Example:
      nasarena schema > experiment.schema.json
    """
    from nasarena.suite.runs.experiment import experiment_schema

    print_json(experiment_schema())
