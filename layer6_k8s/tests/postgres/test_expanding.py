"""A migration that runs while the release before is still at work may only add to the schema."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from api.adapters.postgres.schema.expanding import Contracts, ExpandOnly
from api.adapters.postgres.schema.migrations import migrate
from api.adapters.postgres.schema.version import MIGRATIONS, heads
from api.entrypoints.migrate import migrated
from tests.needs import as_owner

LAYER = Path(__file__).resolve().parents[2]
REVISION = """
from alembic import op

revision = "later_0001"
down_revision = None
branch_labels = ("later",)
depends_on = {depends_on!r}


def upgrade() -> None:
    op.execute("ALTER TABLE documents ADD COLUMN mood text")
    op.execute("{statement}")


def downgrade() -> None:
    pass
"""


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE documents ADD COLUMN mood text",
        "ALTER TABLE documents ADD COLUMN mood text DEFAULT 'calm' NOT NULL",
        "CREATE INDEX documents_mood_idx ON documents (mood)",
        "CREATE TABLE moods (name text NOT NULL); CREATE UNIQUE INDEX moods_name_idx ON moods (name)",
        "CREATE TABLE moods (id int); ALTER TABLE moods ADD CONSTRAINT moods_pkey PRIMARY KEY (id)",
        "UPDATE documents SET mood = 'DROP TABLE documents'",
        "INSERT INTO alembic_version (version_num) VALUES ('x')",
    ],
)
def test_what_only_adds_is_allowed(statement: str) -> None:
    ExpandOnly().check(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE documents",
        "ALTER TABLE documents DROP COLUMN filename",
        "alter table documents rename column filename to name",
        "ALTER TABLE documents RENAME TO papers",
        "ALTER TABLE documents ALTER COLUMN size TYPE text",
        "ALTER TABLE documents ALTER COLUMN metadata SET NOT NULL",
        "ALTER TABLE documents ADD COLUMN cost NUMERIC(16, 8) NOT NULL",
        "ALTER TABLE documents ADD CONSTRAINT documents_size_check CHECK (size > 0)",
        "CREATE UNIQUE INDEX documents_name_idx ON documents (filename)",
        "TRUNCATE documents",
        "UPDATE documents SET size = 1;\n DROP TABLE texts",
    ],
)
def test_what_takes_something_away_is_refused(statement: str) -> None:
    with pytest.raises(Contracts, match="which the running release may still use"):
        ExpandOnly().check(statement)


@pytest.fixture
def migrations(tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the migrations with one more, which adds a column and then runs a statement."""

    def copy(statement: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "later").mkdir()
        top = max(heads())
        (folder / "versions" / "later" / "0001_later.py").write_text(
            REVISION.format(depends_on=top, statement=statement)
        )
        return folder

    return copy


def columns(url: str) -> set[str]:
    query = "SELECT column_name FROM information_schema.columns WHERE table_name = 'documents'"
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(query.encode())}


def test_a_migration_that_contracts_changes_nothing(
    new_database: Callable[..., str], migrations: Callable[[str], Path]
) -> None:
    url = as_owner(new_database())
    migrate(url)
    before, folder = columns(url), migrations("ALTER TABLE documents DROP COLUMN filename")
    with pytest.raises(Contracts, match="drops something"):
        in_a_process(url, folder)
    assert columns(url) == before
    assert "later_0001" in migrated(url, migrations=folder)
    assert columns(url) == before - {"filename"} | {"mood"}


def in_a_process(url: str, folder: Path) -> None:
    """`ExpandOnly` is installed for a whole process."""
    code = "import sys; from pathlib import Path; from api.entrypoints.migrate import migrated; " \
           "migrated(sys.argv[1], expand=True, migrations=Path(sys.argv[2]))"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, url, str(folder)], cwd=LAYER, capture_output=True, text=True, check=False
    )
    if "Contracts" in done.stderr:
        raise Contracts(done.stderr)
    assert done.returncode == 0, done.stderr


def test_the_command_migrates_an_empty_database_and_says_so(new_database: Callable[..., str]) -> None:
    env = dict(os.environ) | {"DATABASE_URL": new_database()}
    command = [sys.executable, "-m", "api.entrypoints.migrate"]
    for arguments, said in (([], "the schema is now at"), (["--expand"], "the schema is current")):
        done = subprocess.run([*command, *arguments], cwd=LAYER, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stdout) == (0, True), done.stdout + done.stderr
