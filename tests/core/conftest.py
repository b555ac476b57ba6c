"""An account to act as; core knows nothing else of people."""

import pytest
from django.contrib.auth import get_user_model


@pytest.fixture
def user(db):
    return get_user_model().objects.create(username="operator", display_name="操作员", role="administrator")


@pytest.fixture
def other_user(db):
    return get_user_model().objects.create(username="other", display_name="另一人", role="administrator")
