"""Texts that are hard to cut: outside the BMP, combining, joined, right to left, with every kind of line end."""

from hypothesis import strategies as st

DOG = "\U0001f415"
FLAG = "\U0001f1e9\U0001f1ea"
FAMILY = "\U0001f469\u200d\U0001f467\u200d\U0001f466"
ACCENTED = "e\u0301"
SYLLABLE = "\u0928\u093f"
HARD = f"Caf{ACCENTED} {DOG}{FLAG} {FAMILY} {SYLLABLE} \u05e9\u05dc\u05d5\u05dd \U0001d54a "

CHARACTERS = ("a", " ", "\u00e9", ACCENTED, DOG, FLAG, FAMILY, SYLLABLE, "\n", "\r\n", "\u2028", "\x85", "\\", '"')
texts = st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=60).map("".join)
