"""A tokenizer that counts words."""

from contexts import tokens


@tokens.register("words")
def words(text: str) -> int:
    return len(text.split())
