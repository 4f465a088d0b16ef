"""A tokenizer that counts words, and one that counts letters and tells how many it was given."""

from contexts import tokens

LETTERS: list[int] = []


@tokens.register("words")
def words(text: str) -> int:
    return len(text.split())


@tokens.register("letters")
def letters(text: str) -> int:
    LETTERS.append(len(text))
    return len(text)
