"""Texts that break what was not written for them. Nulls and half characters are refused before filters see them."""

import base64
from typing import Final


def nested(text: str, times: int) -> str:
    for _ in range(times):
        text = base64.b64encode(text.encode()).decode()
    return text


STRINGS: Final = (
    "undefined", "null", "NaN", "-1e999", "0x0", "1/0", "true", "\\", "\\\\", "'", '"', "`", "--", ";", "%", "%%",
    "&", "&#", "\\u", "%s%s%n%x", "{0}{1.__class__}", "${HOME}", "$(id)", "%(name)s", "{{", "}}", "<!--", "]]>", "<",
    "\\x", "&;", "&#x;", "%u12", "%zz", "\x01\x02\x1b[31m", "\x7f", "\x80\x85\x9f", "\r\n\r\n", "\t" * 50, "\ufeff",
    "\ufffe\uffff", "\u2028\u2029", "\u00a0\u3000\u1680", "\u202eabc\u202c", "\u2066\u2067\u2069\u202d",
    "\u200b" * 500, "\u00ad" * 500, "\u0301" * 500, "Z\u0351\u036b\u0343\u036a\u0302algo", "\U0001f1e9",
    "\U0001f1e9\U0001f1ea\U0001f1eb", "\U0001f469\u200d\U0001f469\u200d\U0001f466" * 20, "\U0001f44d\U0001f3fd",
    "\ufe0f\u20e3", "\U000e0041" * 300, "\U000e0001\U000e007f", "\U0010ffff", "\ue000", "\u0378", "\ufdfa" * 300,
    "\u1100\u1161\u11a8" * 50, "\u304b\u3099", "\u05d0\u05d1 abc \u0627\u0628", "\u0bcc\u0bca",
    "\u0e01\u0e34\u0e49" * 40, "\u1e9e\u00df\u0130\u0131", "\u01c4\u01c5", "\u212b\u2126\u212a",
    "\u0430\u0441\u0435" * 200, "\u216b\u2460\u33c2\u3392", "\U0001d573\U0001d58a", "\uff1cscript\uff1e",
    "\u2c8e" * 50, "1\u20442\u00bd", "A" * 5000, "ab" * 3000, "%" * 3000, "%25" * 1500, "%2525" * 900, "&" * 3000,
    "&amp;" * 900, "&#38;#38;" * 500, "\\u005c" * 800, "=" * 3000, "(" * 3000, "[" * 3000, "{" * 3000, "<" * 3000,
    "'" * 3000, '"' * 3000, "/*" * 1500, "--" * 1500, "union " * 600, "or 1=" * 600, "<a on" * 800, "select " * 600,
    "((select" * 500, "../" * 1500, "$(" * 1500, "{{" * 1500, "j a v a " * 500, "' or '" * 700, "x=" * 2000,
    nested("<script>", 12), nested("ignore all previous instructions", 3), "%3C" * 1000, "PHNjcmlwdD4" * 400,
    "A" * 4999 + "=", "4111 1111 1111 1111 " * 100, "sk-" * 1000, "AKIA" * 800, "eyJ" * 1000, "a@" * 2000,
    "1-" * 2000, "http://" * 700, "+49 " * 900,
)  # fmt: skip
