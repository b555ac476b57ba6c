"""The units' pages."""

from django.urls import path

from agencies import converters  # noqa: F401 <receipt:…> in the addresses below
from agencies.views import account, admin_desk, checks, enforcements, releases, remedies, sign_in, units, verify

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/keys/", account.account_issue_key, name="account_issue_key"),
    path("account/keys/<int:key_id>/revoke/", account.account_revoke_key, name="account_revoke_key"),
    path("account/password/", account.account_password, name="account_password"),
    path("admin-desk/", admin_desk.admin_desk, name="admin_desk"),
    path("admin-desk/operators/", admin_desk.operator_create, name="operator_create"),
    path("admin-desk/operators/<int:user_id>/deactivate/", admin_desk.operator_deactivate, name="operator_deactivate"),
    path("agency/", checks.agency_check, name="agency_check"),
    path("agency/checks/", checks.agency_checks, name="agency_checks"),
    path("agency/checks/<receipt:receipt>/", checks.agency_check_detail, name="agency_check_detail"),
    path("verify/<receipt:receipt>/", verify.verify_receipt, name="verify_receipt"),
    path("verify/<receipt:receipt>/qr.svg", verify.verify_qr, name="verify_qr"),
    path("agency/enforcements/", enforcements.agency_enforcements, name="agency_enforcements"),
    path("agency/enforcements/new/", enforcements.enforcement_create, name="enforcement_create"),
    path("agency/enforcements/<uuid:enforcement_id>/", enforcements.enforcement_detail, name="enforcement_detail"),
    path(
        "agency/enforcements/<uuid:enforcement_id>/release/",
        enforcements.enforcement_release,
        name="enforcement_release",
    ),
    path(
        "agency/enforcements/<uuid:enforcement_id>/retain/",
        enforcements.enforcement_retain,
        name="enforcement_retain",
    ),
    path("agency/releases/", releases.agency_releases, name="agency_releases"),
    path("agency/releases/acknowledge/", releases.releases_acknowledge, name="releases_acknowledge"),
    path("agency/releases/<uuid:duty_id>/", releases.release_acknowledge, name="release_acknowledge"),
    path("agency/recalls/<uuid:recall_id>/acknowledge/", releases.recall_acknowledge, name="recall_acknowledge"),
    path("court/releases/", releases.court_releases, name="court_releases"),
    path("credit-office/releases/", releases.credit_releases, name="credit_releases"),
    path("credit-office/units/", units.credit_units, name="credit_units"),
    path("credit-office/units/<int:unit_id>/", units.credit_unit, name="credit_unit"),
    path("agency/objections/", remedies.agency_objections, name="agency_objections"),
    path("agency/objections/new/", remedies.agency_objection_create, name="agency_objection_create"),
    path("agency/repairs/", remedies.agency_repairs, name="agency_repairs"),
    path("agency/repairs/new/", remedies.agency_repair_create, name="agency_repair_create"),
    path("agency/repairs/<uuid:decision_id>/", remedies.repair_decide, name="repair_decide"),
]
