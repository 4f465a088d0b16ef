"""What a workspace's log tells of its members, and staff's of sessions and flags: no address, no device, no secret."""

from typing import Final

from project import shapes
from project.eventtypes import declare
from security.models import Role

WORKSPACE: Final = ("workspace",)
STAFF: Final = ("staff",)
KIND: Final = shapes.word(
    "`token`: signed in over the API; `admin`: to the admin; `key`: an API key.", "token", "admin", "key"
)
MEMBER: Final = shapes.closed(
    {
        "membership": shapes.id("The id that `workspaces/{id}/members/` lists, and that a change or removal names."),
        "member": shapes.id("The user."),
        "username": shapes.text("The user's name for signing in."),
        "first_name": shapes.text("May be empty."),
        "last_name": shapes.text("May be empty."),
        "role": shapes.word("The role from now on; of one who is removed, the last one.", *Role.values),
        "created_at": shapes.time("When the user became a member."),
    }
)

declare("member.added", "A user became a member; a new workspace tells its owner so.", MEMBER, WORKSPACE)
declare("member.changed", "A member has another role, or another name.", MEMBER, WORKSPACE)
declare("member.removed", "A member left or was removed. Their open streams of this workspace end.", MEMBER, WORKSPACE)

declare(
    "session.began",
    "Somebody signed in. The exchange of tokens during a session is not told.",
    shapes.closed(
        {
            "session": shapes.id("The session."),
            "user": shapes.id("Whose it is."),
            "username": shapes.text("Their name for signing in."),
            "kind": KIND,
        }
    ),
    STAFF,
)
declare(
    "session.ended",
    "A session was ended before its time. One that nobody used until its time was over is not told.",
    shapes.closed(
        {
            "session": shapes.id("The session."),
            "user": shapes.id("Whose it was."),
            "kind": KIND,
            "reason": shapes.code("Why: `logout`, `staff`, `deactivated` and others."),
        }
    ),
    STAFF,
)
declare(
    "flag.raised",
    "Something is not as it should be, and staff should look at it.",
    shapes.closed(
        {
            "flag": shapes.id("The flag."),
            "detector": shapes.code("What saw it, such as `refresh_reuse`."),
            "subject": shapes.word("What it was seen on.", "session", "user", "message"),
            "subject_id": shapes.id("The id of that."),
            "user": shapes.id("Whose it is."),
            "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure that is."},
        }
    ),
    STAFF,
)

declare(
    "flag.resolved",
    "Staff looked into an anomaly; the actor says who.",
    shapes.closed(
        {
            "flag": shapes.id("The flag."),
            "detector": shapes.code("What had seen it."),
            "subject": shapes.word("What it was seen on.", "session", "user", "message"),
            "subject_id": shapes.id("Which one."),
        }
    ),
    STAFF,
)
