from registry.models import Change, Listing, MatchKey, Subject
from tests.registry.builders import PERSON, SHIELD, UNIT, row


def test_a_file_becomes_listings(bring_in):
    batch = bring_in(row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人"))
    assert (batch.status, batch.count_add, batch.failure) == ("applied", 2, "")
    assert Listing.objects.count() == Subject.objects.count() == Change.objects.count() == 2
    assert MatchKey.objects.count() == 5


def test_the_same_file_again_changes_nothing(bring_in, upload):
    rows = [row(), row(UNIT, 案号="（2020）鲁0116执2号", 法定代表人或负责人姓名="李法人")]
    bring_in(*rows)
    again = upload(*rows)
    assert (again.count_unchanged, again.count_rows) == (2, 2)


def test_shield(bring_in):
    mine = row()
    bring_in(mine)
    bring_in({**mine, **SHIELD})
    assert Listing.objects.get().status == "shielded"
    assert not MatchKey.objects.exists()
