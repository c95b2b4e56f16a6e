"""A run as it is read: its columns, and the run of a row."""

from psycopg.rows import TupleRow

from api.services.experiments.runs import Data, Measure, Run, Setup

RUN = """
    runs.id, experiment_id, (SELECT name FROM experiments WHERE id = experiment_id), runs.created_at, version, settings,
    embedding_space, prompt, model, code_commit, data_name, data_sha256, metrics, questions, mirrored_as, mirror_error
"""


def read_run(row: TupleRow) -> Run:
    """From the columns of `RUN`."""
    id, experiment_id, experiment, created_at, version, settings, space, prompt, model, commit, *rest = row
    data_name, data_sha256, metrics, questions, mirrored_as, mirror_error = rest
    return Run(
        id=id,
        experiment_id=experiment_id,
        experiment=experiment,
        created_at=created_at,
        setup=Setup(version, settings, space, prompt, model),
        commit=commit,
        data=Data(data_name, data_sha256) if data_name is not None else None,
        metrics=[Measure(**measure) for measure in metrics],
        questions=questions,
        mirrored_as=mirrored_as,
        mirror_error=mirror_error,
    )
