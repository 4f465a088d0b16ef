"""Django's command line for Switchboard."""

import gc
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    gc.set_threshold(50_000)  # at the default of 700 a fifth of a start goes into looking through what is being loaded
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    execute_from_command_line(sys.argv)
