"""How receipts stand in addresses."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class ReceiptConverter(StringConverter):
    """Anything a person may mistype for a receipt. A NUL is no address: the database cannot even be asked about it."""

    def to_python(self, value: str) -> str:
        if "\x00" in value:
            raise ValueError("a NUL is no address")
        return super().to_python(value)


register_converter(ReceiptConverter, "receipt")
