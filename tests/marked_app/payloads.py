"""Fifty texts that the filter of this app blocks, each in other surroundings."""

from typing import Final

AROUND: Final = (
    *("{}", "Hello. {} Bye.", "> {}", "```\n{}\n```", "<b>{}</b>"),
    *('{{"a": "{}"}}', "a\n\n{}", "1. {}", "{}!", "\u00e4 {}"),
)
PAYLOADS: Final = [around.format(f"BLOCK ME {number}") for around in AROUND for number in range(5)]
