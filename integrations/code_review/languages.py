"""Languages: by the tag of a block, the name of a file, or the look of a text."""

import re
from typing import Final

TAGS: Final = {
    "python": ("py", "python3", "py3", "pyi", "pyw", "gyp"),
    "shell": ("sh", "bash", "dash", "ksh", "shellscript"),
    "javascript": ("js", "jsx", "mjs", "cjs", "node", "ecmascript"),
    "go": ("golang",),
    "json": ("geojson",),
    "yaml": ("yml",),
    "toml": (),
}
BY_TAG: Final = {tag: name for name, tags in TAGS.items() for tag in (name, *tags)}
NOT_CODE: Final = frozenset({"text", "txt", "plain", "plaintext", "output", "log", "markdown", "md", "none"})
SHEBANG: Final = re.compile(
    r"#!\s*\S*?(python|bash|dash|ksh|node|sh)[\d.]*\b|#!\s*\S*/env\s+(-S\s+)?(python|bash|sh|node)"
)
LINES: Final = {
    "python": re.compile(
        r"\s*(@\w|(async )?def \w+\(|class \w+.*:$|import \w|from [\w.]+ import |(if|elif|for|while|with|except)\b.*:$"
        r"|(try|else|finally):$|return\b(?!.*;$)|raise\b(?!.*;$)|print\(.*\)$|[\w.\[\], ]+ [-+*/|]?= [^;{]+$|pass$|#)"
    ),
    "shell": re.compile(
        r"\s*(#|(if|elif|while|until) \S.*|for \w+ in .*|then$|do$|done\b|fi$|esac$|echo |export \w+=|local \w+"
        r"|\w+=\S*$|set -\w|\[\[? .*\]|cd |rm -|sudo |exit \d|.*\$[\w{(].*)"
    ),
    "javascript": re.compile(
        r"\s*((const|let|var) [\w{\[].*|(export |async )*function\b.*|import .* from .*|.*=> ?[{(]?.*|console\.\w+\(.*"
        r"|return\b.*;$|\}\)?[;,]?$|if ?\(.*\).*|.*[;{]$|//.*)"
    ),
    "go": re.compile(
        r"\s*(package \w+$|import [\"(].*|func .*|type \w+ (struct|interface).*|.* := .*|defer .*|go \w.*"
        r"|return\b.*[^;]$|(if|for|switch) [^(].*\{$|var \w+ .*|\}$|\)$|\t?\"[\w/.]+\"$|//.*)"
    ),
}
MARKS: Final = {
    "python": re.compile(
        r"^\s*((async )?def \w+\(.*:$|class \w+.*:$|import \w+|from [\w.]+ import |print\(.*\)$)", re.M
    ),
    "shell": re.compile(r"^\s*(if \[|then$|fi$|done$|echo .*\$|export \w+=|set -e|rm -)|\$\(|\"\$\w+\"", re.M),
    "javascript": re.compile(r"^\s*((const|let|var) \w.*=|function \w*\(|console\.\w+\(|.*=> ?\{)|===", re.M),
    "go": re.compile(r"^(package \w+$|func (\(.*\) )?\w+\()|:= ", re.M),
}
LOOKED_AT: Final = 200  # lines
LONGEST: Final = 400  # of a line: longer ones are no sign of anything


def of_tag(tag: str) -> str:
    """Its name here; "" for one that is not known."""
    return BY_TAG.get(tag.strip().lower(), "")


def of_name(file: str) -> str:
    _, dot, ending = file.rpartition(".")
    return of_tag(ending) if dot else ""


def guess(text: str) -> str:
    """By how most of its lines look; "" for what does not look like code."""
    if shebang := SHEBANG.match(text):
        return {"python": "python", "node": "javascript"}.get(shebang[1] or shebang[3], "shell")
    lines = [line.rstrip()[:LONGEST] for line in text.split("\n")[:LOOKED_AT] if line.strip()]
    if not lines:
        return ""
    head = "\n".join(lines)
    if re.match(r'[\[{]\s*("|\{|\[|\]|\})', head) and re.search(r"[\]}]$", lines[-1]):
        return "json"
    shares = {name: _share(name, lines) for name in LINES if MARKS[name].search(head)}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] > 0.5 else ""


def named() -> str:
    return ", ".join(TAGS)


def _share(name: str, lines: list[str]) -> float:
    return sum(bool(LINES[name].match(line)) for line in lines) / len(lines)
