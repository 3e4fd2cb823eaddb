"""The commands, their options and help pages; what they do is in the modules beside this one."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Optional

import click
import typer
from click.exceptions import NoArgsIsHelpError

from bot.cli.errors import NOTHING_DONE
from bot.cli.logs import set_up_logs
from bot.cli.words import tell, word
from bot.settings import SettingInvalid, log_form


def _help(name: str) -> str:
    return word(f"help.{name}")


app = typer.Typer(
    help=_help("linli"),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
community_app = typer.Typer(help=_help("community"), no_args_is_help=True, rich_markup_mode=None)
db_app = typer.Typer(help=_help("db"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(community_app, name="community")
app.add_typer(db_app, name="db")

DatabaseUrl = Annotated[Optional[str], typer.Option("--database-url", help=_help("database_url"))]
Register = Annotated[Optional[Path], typer.Option("--community", help=_help("register"))]


@app.command("classify", help=_help("classify"))
def classify(file: Annotated[str, typer.Argument(help=_help("file"))] = "-") -> None:
    """See `bot.cli.classify`."""
    from bot.cli.classify import run

    run(file)


@app.command("evaluate", help=_help("evaluate"))
def evaluate(
    file: Annotated[str, typer.Argument(help=_help("labelled"))],
    report: Annotated[Optional[Path], typer.Option("--report", help=_help("report"))] = None,
    form: Annotated[str, typer.Option("--format", help=_help("evaluate_format"))] = "text",
    record: Annotated[Optional[Path], typer.Option("--record", help=_help("record"))] = None,
    force: Annotated[bool, typer.Option("--force", help=_help("record_force"))] = False,
) -> None:
    """See `bot.cli.evaluate`."""
    from bot.cli.evaluate import run

    run(file, form, report, record, force=force)


@app.command("replay", help=_help("replay"))
def replay(
    file: Annotated[str, typer.Argument(help=_help("transcript"))],
    database_url: DatabaseUrl = None,
    community: Register = None,
) -> None:
    """See `bot.cli.replay`."""
    from bot.cli.replay import run

    run(file, database_url, community)


@app.command("ledger", help=_help("ledger"))
def ledger(
    form: Annotated[str, typer.Option("--format", help=_help("format"))] = "json",
    database_url: DatabaseUrl = None,
    out: Annotated[Optional[Path], typer.Option("--out", help=_help("out"))] = None,
) -> None:
    """See `bot.cli.ledger`."""
    from bot.cli.ledger import run

    run(form, database_url, out)


@app.command("balance", help=_help("balance"))
def balance(
    day: Annotated[Optional[str], typer.Option("--day", help=_help("day"))] = None,
    form: Annotated[str, typer.Option("--format", help=_help("balance_format"))] = "text",
    database_url: DatabaseUrl = None,
) -> None:
    """See `bot.cli.balance`."""
    from bot.cli.balance import run

    run(day, form, database_url)


@community_app.command("import", help=_help("community_import"))
def community_import(file: Path, database_url: DatabaseUrl = None) -> None:
    """See `bot.cli.community`."""
    from bot.cli.community import run_import

    run_import(file, database_url)


@community_app.command("added", help=_help("community_added"))
def community_added(database_url: DatabaseUrl = None) -> None:
    """See `bot.cli.community`."""
    from bot.cli.community import run_added

    run_added(database_url)


@community_app.command("check", help=_help("community_check"))
def community_check(file: Path) -> None:
    """See `bot.cli.community`."""
    from bot.cli.community import run_check

    run_check(file)


@app.command("train", help=_help("train"))
def train(
    force: Annotated[bool, typer.Option("--force", help=_help("force"))] = False,
    with_corrections: Annotated[bool, typer.Option("--with-corrections", help=_help("with_corrections"))] = False,
    database_url: DatabaseUrl = None,
    yes: Annotated[bool, typer.Option("--yes", help=_help("agreed"))] = False,
) -> None:
    """See `bot.cli.train` and, with corrections, `bot.cli.learn`."""
    from bot.cli import learn, train

    if with_corrections:
        learn.run(database_url, force=force, agreed=yes)
    else:
        train.run(force=force)


@app.command("run", help=_help("run"))
def run_gateway(
    database_url: DatabaseUrl = None,
    community: Register = None,
    console: Annotated[Optional[bool], typer.Option("--console/--no-console", help=_help("with_console"))] = None,
) -> None:
    """See `bot.cli.run`."""
    from bot.cli.run import run

    run(database_url, community, console)


@app.command("console", help=_help("console"))
def console(
    database_url: DatabaseUrl = None,
    community: Register = None,
    speaker: Annotated[Optional[str], typer.Option("--as", help=_help("as"))] = None,
    room: Annotated[Optional[str], typer.Option("--room", help=_help("room"))] = None,
) -> None:
    """See `bot.cli.console`."""
    from bot.cli.console import run

    run(database_url, community, speaker, room)


@app.command("demo", help=_help("demo"))
def demo(fast: Annotated[bool, typer.Option("--fast", help=_help("fast"))] = False) -> None:
    """See `bot.cli.demo`."""
    from bot.cli.demo import run

    run(fast=fast)


@db_app.command("upgrade", help=_help("db_upgrade"))
def db_upgrade(database_url: DatabaseUrl = None) -> None:
    """See `bot.cli.database`."""
    from bot.cli.database import run_upgrade

    run_upgrade(database_url)


@app.command("backup", help=_help("backup"))
def backup(file: Annotated[Path, typer.Argument(help=_help("backup_file"))], database_url: DatabaseUrl = None) -> None:
    """See `bot.cli.backup`."""
    from bot.cli.backup import run_backup

    run_backup(file, database_url)


@app.command("restore", help=_help("restore"))
def restore(
    file: Annotated[Path, typer.Argument(help=_help("backup_file"))],
    database_url: DatabaseUrl = None,
    force: Annotated[bool, typer.Option("--force", help=_help("restore_force"))] = False,
) -> None:
    """See `bot.cli.backup`."""
    from bot.cli.backup import run_restore

    run_restore(file, database_url, force=force)


@app.command("wechat-rooms", help=_help("wechat_rooms"))
def wechat_rooms() -> None:
    """See `bot.cli.wechat_rooms`."""
    from bot.cli.wechat_rooms import run

    run()


@app.command("doctor", help=_help("doctor"))
def doctor(database_url: DatabaseUrl = None) -> None:
    """See `bot.cli.doctor`."""
    from bot.cli.doctor import run

    run(database_url)


def main() -> None:
    """The entry point: UTF-8 everywhere, warnings of frozen libraries silent, logs on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    warnings.simplefilter("ignore")
    try:
        set_up_logs(log_form())
        status = app(standalone_mode=False)
    except NoArgsIsHelpError as error:
        error.show()
        status = NOTHING_DONE
    except click.UsageError as error:
        tell("errors.usage", detail=error.format_message())
        status = NOTHING_DONE
    except SettingInvalid as error:
        tell("errors.setting_invalid", name=error.name)
        status = NOTHING_DONE
    except click.Abort:
        status = INTERRUPTED
    sys.exit(status or 0)


INTERRUPTED = 130
"""As a shell reports an interrupted command."""
