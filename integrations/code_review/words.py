"""What a review says: as data, and as Markdown for people."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.conf import settings

from integrations.code_review import bandit_rules, languages
from integrations.code_review.analysers import Analyser, Report
from integrations.code_review.findings import MOST, SEVERITIES, Finding, tidy
from integrations.code_review.pieces import Found, Piece
from integrations.contract import Result

Reports = list[tuple[Piece, Analyser, Report]]

METHOD: Final = (
    "Static analysis by {}. Nothing was run. It finds what its rules name: where nothing is found, nothing is proven."
)
NO_CODE: Final = (
    "There is no code in this that can be reviewed. What works: a block fenced by ``` with its language after the "
    f"fence, files with a name and a text, or code alone with its language. Languages: {languages.named()}."
)


def result(found: Found, reports: Reports) -> Result:
    notes = [*found.notes, *(report.gap for _, _, report in reports if report.gap)]
    if not found.pieces:
        output = _output([], [], notes, NO_CODE)
        return Result(output, "\n\n".join([NO_CODE, *_listed(notes)]))
    findings = [finding for piece in found.pieces for finding in _of(piece, reports)]
    method = METHOD.format(_named(analyser for _, analyser, report in reports if report.seen))
    output = _output([_reviewed(piece, reports) for piece in found.pieces], findings, notes, method)
    return Result(output, _text(output, findings))


def _of(piece: Piece, reports: Reports) -> list[Finding]:
    return tidy(bandit_rules.once(one for of, _, report in reports if of is piece for one in report.findings))


def _output(files: list[dict[str, Any]], findings: list[Finding], notes: list[str], method: str) -> dict[str, Any]:
    counts = Counter(finding.severity for finding in findings)
    return {
        "files": files,
        "findings": [finding.as_json() for finding in findings[:MOST]],
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "more": max(0, len(findings) - MOST),
        "notes": notes,
        "method": method,
    }


def _reviewed(piece: Piece, reports: Reports) -> dict[str, Any]:
    seen = [analyser.name for of, analyser, report in reports if of is piece and report.seen]
    told = {"file": piece.file, "language": piece.language, "lines": piece.lines, "analysers": seen}
    return {**told, "begins": piece.begins} if piece.begins else told


def _text(output: dict[str, Any], findings: list[Finding]) -> str:
    """Its end is cut, with a word on that, where a message could not hold it."""
    counts = ", ".join(f"{_counted(number, severity)}" for severity, number in output["counts"].items() if number)
    seen = sum(bool(file["analysers"]) for file in output["files"])
    where = f"in {_counted(seen, 'file or block', 'files and blocks')}"
    lines = [f"{counts or 'Nothing found'} {where}." if seen else "Nothing could be reviewed."]
    body = [line for file in output["files"] for line in _section(file, findings[:MOST])]
    rest = [f"{output['more']} more findings are not shown."] if output["more"] else []
    after = ["", *rest, *_listed(output["notes"]), output["method"]]
    room = settings.MESSAGE_LIMIT - sum(len(line) + 1 for line in [*lines, *after]) - 100
    return "\n".join([*lines, *_fitting(body, room), *after])


def _section(file: dict[str, Any], findings: list[Finding]) -> Iterator[str]:
    whence = f", from line {file['begins']} of the text" if "begins" in file else ""
    its = [finding for finding in findings if finding.file == file["file"]]
    yield from ("", f"**{file['file']}** ({file['language']}, {_counted(file['lines'], 'line')}{whence})", "")
    yield from (_line(finding) for finding in its)
    if not its:
        yield "- nothing found" if file["analysers"] else "- not reviewed"


def _line(finding: Finding) -> str:
    help = f" Suggestion: {finding.suggestion}." if finding.suggestion else ""
    stop = "" if finding.message.endswith((".", "!", "?")) else "."
    return f"- {finding.line}: `{finding.rule}` {finding.severity}: {finding.message}{stop}{help}"


def _fitting(lines: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, "- and more, which the data holds."]
        kept.append(line)
    return kept


def _listed(notes: list[str]) -> list[str]:
    return [*(f"- {note}" for note in notes), ""] if notes else []


def _named(analysers: Iterable[Analyser]) -> str:
    return ", ".join(dict.fromkeys(analyser.name for analyser in analysers)) or "none of the analysers"


def _counted(number: int, noun: str, several: str = "") -> str:
    plural = noun if noun == "info" else several or f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
