"""Passwords of tests in this process: a check that takes no tenth of a second. Live servers hash as production does."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Cheap(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 1, 8, 1
