"""Checks of an .xlsx before anything parses it: container, macros, encryption, unpacked size, integrity."""

import zipfile
import zlib
from pathlib import Path

from registry.imports.refusal import FileRefused

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_UNPACKED = 6_000_000_000  # a million rows are 1.5 to 3 GB of XML; they are read as a stream
MAX_RATIO = 200
RATIO_MATTERS_FROM = 20_000_000
MAX_ENTRIES = 10_000

TESTED_AT_ONCE = 100_000_000  # bytes unpacked; what is larger shows its damage when it is read
_HEAD = 1 << 20

_BROKEN = FileRefused("file_broken", "文件已损坏或不完整，请重新导出后上传。")


def check_workbook(path: Path) -> None:
    """Raise FileRefused unless the file is a whole, plain, reasonably small workbook without macros."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive.infolist())
            _check_kind(archive)
            is_small = sum(entry.file_size for entry in archive.infolist()) <= TESTED_AT_ONCE
            if is_small and archive.testzip() is not None:
                raise FileRefused(_BROKEN.code, _BROKEN.sentence)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise FileRefused(_BROKEN.code, _BROKEN.sentence) from error


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("file_encrypted", "文件已加密，请取消密码后上传。")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    is_bomb = unpacked > MAX_UNPACKED or (unpacked > RATIO_MATTERS_FROM and unpacked / packed > MAX_RATIO)
    if is_bomb or len(entries) > MAX_ENTRIES:
        raise FileRefused("file_bomb", "文件解压后过大，疑似压缩炸弹，已拒绝读取。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused("file_macro", "文件含有宏，请另存为不含宏的xlsx后上传。")
    if any(name.startswith("xl/macrosheets/") for name in names):
        raise FileRefused("file_macro", "文件含有宏，请另存为不含宏的xlsx后上传。")
    if "content.xml" in names:
        raise FileRefused("file_type", "文件内容是ods，请另存为xlsx后上传。")
    if "xl/workbook.xml" not in names and "xl/workbook.bin" not in names:
        raise FileRefused("file_type", "文件不是xlsx工作簿。")
    if "xl/workbook.bin" in names:
        raise FileRefused("file_type", "不接受xlsb格式，请另存为xlsx后上传。")


def _check_kind(archive: zipfile.ZipFile) -> None:
    """A macro workbook stays one under another name."""
    kinds = "[Content_Types].xml"
    if (
        kinds in archive.namelist()
        and archive.getinfo(kinds).file_size < _HEAD
        and b"macroEnabled" in archive.read(kinds)
    ):
        raise FileRefused("file_macro", "文件是含宏的工作簿，请另存为不含宏的xlsx后上传。")


def describe_ole(path: Path, *, is_called_xlsx: bool) -> FileRefused:
    """What an OLE container is: an encrypted workbook, or the .xls or .et of earlier years."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, path.stat().st_size - _HEAD))
        listing = head + file.read(_HEAD)  # the directory of its streams may stand at the end
    if "EncryptedPackage".encode("utf-16-le") in listing:
        return FileRefused("file_encrypted", "文件已加密，请取消密码后上传。")
    if "Workbook".encode("utf-16-le") in listing or "Book".encode("utf-16-le") in listing or not is_called_xlsx:
        return FileRefused("file_type", "文件内容是旧版xls或et格式，请另存为xlsx后上传。")
    return FileRefused("file_encrypted", "文件已加密，请取消密码后上传。")
