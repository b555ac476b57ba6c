"""What may be filed as evidence, told from its content: the name and what the browser says count for nothing."""

MEGABYTE = 1024 * 1024
LARGEST = 10 * MEGABYTE
_KINDS = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)
# What makes a PDF do something when it is opened.
_ACTIVE = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")


def kind_of(content: bytes) -> tuple[str, str] | None:
    """Content type and extension of a scan or photograph; None for anything else."""
    return next(((kind, extension) for head, kind, extension in _KINDS if content.startswith(head)), None)


def refusal_of(content: bytes) -> tuple[str, str] | None:
    """Why the file is not taken, as (code, sentence); None where it is."""
    if not content:
        return "file_empty", "文件是空的，请重新选择。"
    if len(content) > LARGEST:
        return "file_too_large", f"文件不能超过 {LARGEST // MEGABYTE} MB，请压缩或分成几份。"
    kind = kind_of(content)
    if kind is None:
        return "file_type", "只收 PDF、JPEG 或 PNG 文件（按内容判定，与扩展名无关）。"
    if kind[1] == "pdf" and any(mark in content for mark in _ACTIVE):
        return "file_active", "这个 PDF 含有脚本、附件或自动动作，请打印后扫描再上传。"
    return None
