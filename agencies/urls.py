"""The units' pages."""

from django.urls import path

from agencies.views import account, sign_in

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/keys/", account.account_issue_key, name="account_issue_key"),
    path("account/keys/<int:key_id>/revoke/", account.account_revoke_key, name="account_revoke_key"),
    path("account/password/", account.account_password, name="account_password"),
]
