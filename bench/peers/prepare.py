"""Make the plain project's tables and its user; prints the user's token."""

import json


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    token = Token.objects.create(user=User.objects.create_user("bench"))
    print(json.dumps({"token": token.key}))


if __name__ == "__main__":
    main()
