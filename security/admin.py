"""What of security staff see, and as what."""

from django.contrib import admin
from django.contrib.auth.models import Group

from security.admin_failed import FailedSignInAdmin
from security.admin_flags import FlagAdmin
from security.admin_keys import ApiKeyAdmin
from security.admin_people import GroupAdmin, MembershipAdmin, UserAdmin, WorkspaceAdmin
from security.admin_revoked import RevokedTokenAdmin
from security.admin_sessions import SessionAdmin
from security.models import ApiKey, FailedSignIn, Flag, Membership, RevokedToken, Session, User, Workspace

admin.site.register(User, UserAdmin)
admin.site.register(Workspace, WorkspaceAdmin)
admin.site.register(Membership, MembershipAdmin)
admin.site.register(Session, SessionAdmin)
admin.site.register(RevokedToken, RevokedTokenAdmin)
admin.site.register(Flag, FlagAdmin)
admin.site.register(ApiKey, ApiKeyAdmin)
admin.site.register(FailedSignIn, FailedSignInAdmin)
admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
