"""The platform's settings on the suite's own servers."""

from tests import services

services.name_addresses()

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES  # noqa: E402

# The live server answers from the sources: nothing is collected, so there is no manifest to look names up in.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Argon2 is slow on purpose; the suite signs in a thousand times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
