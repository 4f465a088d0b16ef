"""What a workspace's log tells of its members."""

from typing import Final

from project import shapes
from project.eventtypes import declare
from security.models import Role

WORKSPACE: Final = ("workspace",)
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
