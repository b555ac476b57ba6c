"""The catalogue's pages before the documents are loaded."""

from django.test import Client
from django.urls import reverse

from tests.measures.views.test_catalogue_pages import text


def test_an_empty_catalogue_says_what_to_do(client: Client, db: None) -> None:
    assert "措施目录尚未载入" in text(client, reverse("catalogue"))
    assert "还没有责任单位" in text(client, reverse("catalogue_units"))
    assert "请选择两份文件" in text(client, reverse("catalogue_compare"), status=422)
