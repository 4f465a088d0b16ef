"""Run as a module: puts ada, bob and eve into the database that the environment names."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()

    from tests.people import make_people

    make_people()
