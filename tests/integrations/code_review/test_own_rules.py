"""Each rule of our own fires on what it names, and not on what looks like it."""

import pytest

from integrations.code_review.trees import go, javascript
from tests.modes import once

pytestmark = once

# By rule: what it finds, one a line, and what it does not.
JAVASCRIPT = {
    "js/eval": (
        ["eval(a);", "new Function(a);", "setTimeout('f()', 1);"],
        ["setTimeout(f, 1);", "a.eval(b);", "f('');"],
    ),
    "js/inner-html": (["a.innerHTML = b;", "a.outerHTML += `${b}`;"], ["a.innerHTML = '';", "a.innerHTML = `<b>`;"]),
    "js/document-write": (["document.write(a);"], ["document.write('a');", "document.write();"]),
    "js/assign-in-condition": (
        ["if (a = b) c();", "while (a = b()) c();"],
        ["if ((a = b())) c();", "if (a === b) c();"],
    ),
    "js/compare-nan": (["a = b === NaN;", "a = NaN < b;"], ["a = NaN;", "a = Number.isNaN(b);"]),
    "js/typeof-value": (["a = typeof b === 'strnig';"], ["a = typeof b === 'string';", "a = b === 'strnig';"]),
    "js/self-compare": (["a = b.c === b.c;", "a = b && b;"], ["a = b() === b();", "a = b + b;", "a = b === c;"]),
    "js/self-assign": (["a = a;", "a.b = a.b;"], ["a = b;", "a = a();"]),
    "js/duplicate-key": (["a = {b: 1, b: 2};"], ["a = {b: 1, c: 2};", "a = {[b]: 1, [b]: 2};"]),
    "js/duplicate-case": (["switch (a) { case 1: case 1: }"], ["switch (a) { case 1: case 2: default: }"]),
    "js/unreachable": (["function f() { return 1; a(); }"], ["function f() { return g(); function g() {} }"]),
    "js/empty-catch": (["try { a(); } catch (e) {}"], ["try { a(); } catch (e) { /* no matter */ }"]),
    "js/debugger": (["debugger;"], ["a.debugger();"]),
    "js/async-foreach": (
        ["a.forEach(async (b) => { await b; });"],
        ["a.forEach((b) => b());", "a.map(async (b) => b);"],
    ),
}
GO = {
    "go/empty-error-check": (["if err != nil { }"], ["if err != nil { /* why */ }", "if err != nil { return }"]),
    "go/defer-in-loop": (["for { defer a() }"], ["defer a()", "for { func() { defer a() }() }"]),
    "go/self-compare": (["_ = a == a", "_ = a.b && a.b"], ["_ = a == b", "_ = a() == a()"]),
    "go/self-assign": (["a = a"], ["a = b", "a += a"]),
    "go/unreachable": (["for { break; a() }"], ["for { a(); break }"]),
    "go/duplicate-case": (["switch a { case 1: b(); case 1: c() }"], ["switch a { case 1: b(); case 2: c() }"]),
    "go/println-format": (
        ['fmt.Println("%d", a)', 'log.Println("%v", a)'],
        ['fmt.Printf("%d", a)', 'fmt.Println("a", a)'],
    ),
    "go/waitgroup-add": (["go func() { wg.Add(1) }()"], ["wg.Add(1)", "go func() { wg.Done() }()"]),
    "go/sleep-unit": (["time.Sleep(5)"], ["time.Sleep(5 * time.Second)", "time.Sleep(0)", "a.Sleep(5)"]),
    "go/shell-command": (
        ['exec.Command("sh", "-c", "ls " + a)', 'exec.CommandContext(b, "bash", "-c", a)'],
        ['exec.Command("ls", a)', 'exec.Command("sh", "-c", "ls")'],
    ),
    "go/sql-text": (
        ['a.Query("x" + b)', 'a.ExecContext(c, fmt.Sprintf("x%s", b))'],
        ['a.Query("x" + "y", b)', 'a.Query("x $1", b)'],
    ),
    "go/insecure-tls": (["_ = tls.Config{InsecureSkipVerify: true}"], ["_ = tls.Config{InsecureSkipVerify: false}"]),
}
CASES = [(javascript, rule, *codes) for rule, codes in JAVASCRIPT.items()]
CASES += [(go, rule, *codes) for rule, codes in GO.items()]


def fired(language, lines: list[str]) -> list[tuple[int, str]]:
    code = "\n".join(lines)
    if language is go:
        code = "\n".join(f"func f{number}() {{ {line} }}" for number, line in enumerate(lines))
    return [(spot.line, spot.rule) for spot in language.spots(code.encode())]


@pytest.mark.parametrize(("language", "rule", "bad", "good"), CASES, ids=[case[1] for case in CASES])
def test_rule_fires_on_each_line_that_it_is_about_and_on_no_other(language, rule, bad, good):
    assert fired(language, bad) == [(number, rule) for number in range(1, len(bad) + 1)]
    assert fired(language, good) == []


def test_every_rule_is_tried_and_says_what_is_wrong():
    assert list(JAVASCRIPT) == list(javascript.RULES)
    assert list(GO) == list(go.RULES)
    for rule in (*javascript.RULES.values(), *go.RULES.values()):
        assert rule.message.endswith(".")
        assert rule.severity in ("error", "warning", "info")
