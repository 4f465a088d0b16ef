"""Keys and passwords are masked wherever they are said; what only looks like one is left alone."""

import pytest

from security import secrets
from security.material import Material
from tests.modes import once
from tests.security import secret_forms
from tests.security.secret_forms import LOOKALIKES

TEXTS = list(secret_forms.texts())


def found(text):
    return list(secrets.secrets(Material(text)))


@once
@pytest.mark.parametrize(("name", "key", "text"), TEXTS, ids=[name for name, _, _ in TEXTS])
def test_a_secret_is_found(name, key, text):
    assert found(text)


@once
def test_the_tables_are_as_long_as_they_are_to_be():
    assert len(TEXTS) >= 60
    assert len(LOOKALIKES) >= 90


@once
@pytest.mark.parametrize("text", LOOKALIKES, ids=[text[:40] for text in LOOKALIKES])
def test_what_only_looks_like_a_secret_is_left_alone(text):
    assert [finding.rule for finding in found(text)] == []
