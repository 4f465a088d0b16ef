"""What of security staff see, and as what."""

from django.contrib import admin
from django.contrib.auth.models import Group

from security.admin_people import GroupAdmin, MembershipAdmin, UserAdmin, WorkspaceAdmin
from security.admin_sessions import RevokedTokenAdmin, SessionAdmin
from security.models import Membership, RevokedToken, Session, User, Workspace

admin.site.register(User, UserAdmin)
admin.site.register(Workspace, WorkspaceAdmin)
admin.site.register(Membership, MembershipAdmin)
admin.site.register(Session, SessionAdmin)
admin.site.register(RevokedToken, RevokedTokenAdmin)
admin.site.unregister(Group)
admin.site.register(Group, GroupAdmin)
