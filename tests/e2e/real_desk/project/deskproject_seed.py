"""Users, queues and custom fields of the desk under test; prints what the tests must know, as JSON."""

import json
import sys
from collections.abc import Mapping

import django  # type: ignore[import-not-found]  # runs in the desk's own environment

django.setup()

from django.contrib.auth.models import User  # type: ignore[import-not-found]  # noqa: E402 -- after setup
from helpdesk.models import CustomField, Queue  # type: ignore[import-not-found]  # noqa: E402
from rest_framework.authtoken.models import Token  # type: ignore[import-not-found]  # noqa: E402

USERS = ("root", "eva", "deskpulse")
QUEUES = ("mail", "shop", "chat", "phone", "summaries")
FIELDS: Mapping[str, Mapping[str, object]] = {
    "channel": {"data_type": "list", "list_values": "email\nweb\nchat\nphone", "empty_selection_list": True},
    "tags": {"data_type": "varchar", "max_length": 120},
    "csat": {"data_type": "integer"},
    "ces": {"data_type": "integer"},
    "nps": {"data_type": "integer"},
    "survey_score": {"data_type": "integer"},
    "survey_comment": {"data_type": "text"},
    "region": {"data_type": "varchar", "max_length": 40},
    "deskpulse_channel": {"data_type": "varchar", "max_length": 40},
}


def user(name: str) -> dict[str, object]:
    """A staff user with a password and a token."""
    made = User.objects.create_user(name, f"{name}@desk.example", f"{name}-password", is_staff=True)
    made.is_superuser = name == "root"
    made.save()
    return {"id": made.id, "token": Token.objects.create(user=made).key}


def queue(slug: str) -> int:
    """A queue that takes tickets from the public form; the first one from a folder of mails too."""
    made = Queue.objects.create(
        slug=slug, title=f"The {slug} queue", email_address=f"{slug}@desk.example", allow_public_submission=True
    )
    if slug == QUEUES[0]:
        made.allow_email_submission = True
        made.email_box_type = "local"
        made.email_box_local_dir = "mail"  # relative: get_email is run in the desk's folder
        made.email_box_interval = 0
        made.save()
    return int(made.id)


def main() -> None:
    """Seeds an empty, migrated database."""
    for ordering, (name, how) in enumerate(FIELDS.items()):
        CustomField.objects.create(
            name=name, label=name.title(), required=False, staff_only=True, ordering=ordering, **how
        )
    made = {"users": {name: user(name) for name in USERS}, "queues": {slug: queue(slug) for slug in QUEUES}}
    sys.stdout.write(json.dumps(made))


main()
