"""The catalogue's own check: is every shipped document there, whole, with a basis for each measure?"""

from django.db.models import Count
from django.utils.timezone import localdate

from core import doctor
from measures.imports.files import read_catalogue
from measures.models import Document, Measure


@doctor.check("catalogue")
def catalogue_is_whole() -> tuple[bool, str]:
    """Documents missing, numbers missing, measures without a basis that are not under review."""
    shipped = {
        document.fields["doc_number"]: {measure.number for measure in document.measures}
        for document in read_catalogue().documents
    }
    loaded: dict[str, set[str]] = {number: set() for number in Document.objects.values_list("doc_number", flat=True)}
    for doc_number, number in Measure.objects.current_on(localdate()).values_list("document__doc_number", "number"):
        loaded[doc_number].add(number)
    faults = []
    for doc_number, numbers in shipped.items():
        if doc_number not in loaded:
            faults.append(f"缺少 {doc_number}")
        elif missing := numbers - loaded[doc_number]:
            faults.append(f"{doc_number} 缺第 {'、'.join(sorted(missing))} 项")
    bare = (
        Measure.objects.current_on(localdate())
        .filter(under_review=False)
        .annotate(bases=Count("legal_bases"))
        .filter(bases=0)
    )
    faults += [f"{measure} 没有依据" for measure in bare.select_related("document")]
    if faults:
        return False, f"{'；'.join(faults[:5])}。请执行 load_catalogue"
    total = sum(len(numbers) for numbers in loaded.values())
    review = Measure.objects.current_on(localdate()).filter(under_review=True).count()
    appendix_only = Measure.objects.current_on(localdate()).filter(in_body=False).count()
    return True, f"{len(loaded)} 份文件、{total} 项措施齐全，{review} 项依据复核中，{appendix_only} 项只见于附录"
