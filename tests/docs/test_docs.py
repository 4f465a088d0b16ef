"""What the documentation shows is what the code does."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from project import periodic
from security.material import Material
from security.screening import screen
from tests.deployment import Deployment, deployed
from tests.docs.pages import ROOT, blocks
from tests.live import PATIENCE, eventually
from tests.modes import once
from tests.people import PASSWORD
from tests.weather.filters import stations

pytestmark = once

PACKAGES = ("project", "dispatch", "contexts", "integrations", "security")
WIRING = {
    "urls",
    "asgi",
    "serving",
    "working",
    "parts",
    "lifespan",
    "supervising",
    "health",
    "console",
    "checks",
    "handler",
    "management",
    "staff_site",
    "admin",
}


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_session_of_the_readme_works_as_pasted(deployment: Deployment) -> None:
    server = deployment.serve()
    session = blocks("README.md", "sh")[1].replace(":8000", f":{server.port}").replace("try-switchboard", PASSWORD)

    shell = shutil.which("bash") or "/bin/bash"
    done = subprocess.run([shell, "-c", session], capture_output=True, text=True, timeout=2 * PATIENCE, check=False)

    assert "event: stream.ready" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("event: run.completed") == 2
    assert re.search(r"The launch: \d{4}-05-09\.", done.stdout.rpartition("event: message.completed")[2])


def test_handler_of_the_extending_page_is_the_tested_one() -> None:
    assert blocks("docs/extending.md", "python")[0] == (ROOT / "tests/weather/handlers.py").read_text()


def test_handler_of_the_extending_page_answers() -> None:
    with deployed("weather", EXTRA_APPS="tests.weather") as deployment:
        ada = deployment.serve().person("ada")
        conversation = ada.conversation()
        ada.say(conversation, "Turin", kind="weather")
        ada.settled(conversation, 1)

        reply = ada.messages(conversation)[-1]
        handlers = ada.http.get("/api/v1/handlers/").json()

    assert reply["text"] == "Looking out of the window for ada. In Turin the sun shines."
    assert reply["metadata"] == {"place": "Turin"}
    assert "weather" in [kind for handler in handlers for kind in handler["kinds"]]


@pytest.mark.parametrize(
    "file", ["invoices/handlers.py", "invoices/closing.py", "weather/jobs.py", "weather/filters.py"]
)
def test_code_of_the_extending_page_is_the_tested_one(file: str) -> None:
    assert (ROOT / "tests" / file).read_text() in blocks("docs/extending.md", "python")


def test_handler_of_the_extending_page_is_replaced_at_run_time() -> None:
    closed = (
        "from dispatch import handlers; from tests.invoices.closing import close_the_books; close_the_books(); "
        "found = handlers.REGISTRY['book_invoice']; print(found.answer.__name__, found.kinds, found.concurrency)"
    )
    with deployed("docs_replaced", EXTRA_APPS="tests.invoices") as installation:
        assert "turn_invoice_away ('invoice',) 2" in installation.manage("shell", "-c", closed)


def test_filter_of_the_extending_page_redacts(settings) -> None:
    settings.FILTERS = [stations.__name__]
    material = Material("Ask station TO-1234 and st\u0430tion mi-0001.")

    assert screen(material).shown(material).text == "Ask [station] and [station]."


def test_job_of_the_extending_page_runs() -> None:
    rows = "from project.models import PeriodicJob; print(*PeriodicJob.objects.values_list('name', 'result', 'text'))"
    with deployed("docs_job", EXTRA_APPS="tests.weather") as installation:
        installation.serve()
        ran = "('refresh_forecast', 'ok', 'the sun shines in 3 towns')"

        eventually(lambda: ran in installation.manage("shell", "-c", rows))


def test_jobs_of_the_operations_page_are_those_that_ship() -> None:
    table = (ROOT / "docs/operations.md").read_text().partition("| Job | Every | Does |")[2].partition("\n\n")[0]

    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sorted(periodic.REGISTRY)


def test_operations_page_names_every_setting() -> None:
    read = re.findall(r'env\.\w+\("([A-Z_]+)"', (ROOT / "project/settings.py").read_text())
    page = (ROOT / "docs/operations.md").read_text()

    assert [name for name in read if f"`{name}" not in page] == []


def test_picture_of_the_imports_is_the_code() -> None:
    drawn = set(
        re.findall(r"^    (\w+)(?:\[.*?\])? --> (\w+)", blocks("docs/architecture.md", "mermaid")[1], re.MULTILINE)
    )

    assert {(a, b) for a, b in drawn if b != "foundations"} == {(a, b) for a, b in imports() if b != "foundations"}


def test_files_that_the_documents_name_exist() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]

    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []


def imports() -> set[tuple[str, str]]:
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                    found |= {(_room(_module(path)), _room(name)) for name in names}
    return {(a, b) for a, b in found if a != b and "" not in (a, b) and a != "foundations"}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _room(module: str) -> str:
    package, _, rest = module.partition(".")
    if package not in PACKAGES:
        return ""
    if package == "project":
        return "wiring" if rest.partition(".")[0] in WIRING else "foundations"
    return package
