"""The built-in answer to actions: a command is the first word of the text, or `command` of a data part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from contexts.context import Context, MessageView
from dispatch import handlers, speakers
from dispatch.handlers import Reply
from dispatch.summary import summarize
from dispatch.turns import Turn
from project.registry import Registry, written

LONGEST_NAME: Final = 40

Run = Callable[[str, MessageView, Context], Reply]


@dataclass(frozen=True)
class Command:
    """`usage` is shown by help; `run` gets what follows the name."""

    usage: str
    about: str
    run: Run


COMMANDS: Final[Registry[Command]] = Registry("command", lambda command: written(command.run))


def command(usage: str, about: str) -> Callable[[Run], Run]:
    """Make a function run for the first word of `usage`."""

    def add(run: Run) -> Run:
        COMMANDS.add(usage.split()[0], Command(usage, about, run))
        return run

    return add


@handlers.register("action", priority=-100, timeout=10)
def commands(message: MessageView, context: Context, turn: Turn) -> Reply:
    """Runs a command: help, whoami, echo, summary."""
    name, rest = _read(message)
    found = COMMANDS.get(name)
    reply = found.run(rest, message, context) if found else _unknown(name)
    return replace(reply, metadata={"command": name, **reply.metadata})


@command("help", "lists the commands")
def _help(rest: str, message: MessageView, context: Context) -> Reply:
    return Reply("\n".join(f"{command.usage}: {command.about}" for command in COMMANDS.values()))


@command("whoami", "says who you are here")
def _whoami(rest: str, message: MessageView, context: Context) -> Reply:
    described = speakers.described(message.author, context)
    return Reply(f"You are {described or f'{message.author}, and no member of this workspace that I can see'}.")


@command("echo TEXT", "says TEXT")
def _echo(rest: str, message: MessageView, context: Context) -> Reply:
    return Reply(rest or "There is nothing to echo: write echo and a text after it.")


@command("summary", "sums up the conversation by quoting it")
def _summary(rest: str, message: MessageView, context: Context) -> Reply:
    return summarize(context)


def _unknown(name: str) -> Reply:
    names = ", ".join(COMMANDS)
    return Reply(f"I know no command {name!r}. There are {names}." if name else f"Name a command: {names}.")


def _read(message: MessageView) -> tuple[str, str]:
    """Name and what follows it. A data part comes before the text: it cannot be a slip of the keyboard."""
    name, rest = _from_parts(message) or _from_text(message.text)
    return name.removeprefix("/").casefold()[:LONGEST_NAME], rest


def _from_parts(message: MessageView) -> tuple[str, str] | None:
    for part in message.parts:
        data = part.get("data") if part.get("type") == "data" else None
        if isinstance(data, dict) and isinstance(name := data.get("command"), str):
            text = data.get("text")
            return name.strip(), text if isinstance(text, str) else ""
    return None


def _from_text(text: str) -> tuple[str, str]:
    name, *rest = text.strip().split(maxsplit=1) or [""]
    return name, rest[0] if rest else ""
