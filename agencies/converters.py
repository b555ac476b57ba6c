"""How receipts stand in addresses."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class ReceiptConverter(StringConverter):
    """Anything a person may mistype for a receipt. A NUL is no address: the database cannot even be asked about it."""

    regex = "[^/\x00]+"


register_converter(ReceiptConverter, "receipt")
