"""JSON as the API takes it: what no column can hold is a malformed request, not a failure of ours."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


class TextJSONParser(JSONParser):
    """JSON whose texts can be stored: no NUL, no half of a surrogate pair, no nesting beyond what the reader bears."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        sent = stream.read()
        try:
            data = super().parse(BytesIO(sent), media_type, parser_context)
            if _SUSPECT.search(sent) and "\\u0000" in json.dumps(data).replace("\\\\", ""):
                raise ParseError("文字里有空字符。")
            if _SUSPECT.search(sent):
                json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError) as error:
            raise ParseError("JSON 嵌套过深，或含有不成对的代理字符。") from error
        return data
