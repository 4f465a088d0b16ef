"""Every HTTP path, once. Streams of the same paths are told apart by their Accept header in `project/asgi.py`."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from contexts import api as contexts
from contexts import context_api
from contexts import entities_api as entities
from contexts import policies_api as policies
from contexts import pruning_api as pruning
from dispatch import api as dispatch
from dispatch import callbacks_api as callbacks
from dispatch import control_api as control
from dispatch import conversations_api as one_conversation
from dispatch import delegations_api as delegations
from dispatch import experts_api as experts
from dispatch import findings_api as findings
from dispatch import handlers_api as handlers
from dispatch import messages_api as messages
from dispatch import review_api as review
from dispatch import routes_api as routes
from dispatch import rules_api as rules
from dispatch import run_events_api as run_events
from dispatch.explain_api import Explain
from project import console, health, metrics
from project.health_api import Health
from security import api as security
from security import keys_api as keys
from security import oauth_api as oauth
from security import password_api as passwords
from security import sessions_api as sessions
from security import workspaces_api as workspaces

api = [
    path("auth/token", security.TokenView.as_view()),
    path("auth/refresh", security.RefreshView.as_view()),
    path("auth/logout", security.LogoutView.as_view()),
    path("auth/logout-all", sessions.LogoutAllView.as_view()),
    path("auth/sessions", sessions.SessionList.as_view()),
    path("auth/sessions/<uuid:id>", sessions.SessionDetail.as_view()),
    path("auth/password", passwords.PasswordView.as_view()),
    path("auth/fresh", passwords.FreshView.as_view()),
    path("auth/ticket", security.TicketView.as_view()),
    path("auth/keys", keys.KeyList.as_view()),
    path("auth/keys/<uuid:id>", keys.KeyDetail.as_view()),
    path("auth/revoke", oauth.RevokeView.as_view()),
    path("auth/introspect", oauth.IntrospectView.as_view()),
    path("me", security.MeView.as_view()),
    path("workspaces/", workspaces.WorkspaceList.as_view()),
    path("workspaces/<uuid:id>/", workspaces.WorkspaceDetail.as_view()),
    path("workspaces/<uuid:id>/members/", workspaces.MemberList.as_view()),
    path("workspaces/<uuid:id>/members/<uuid:member>/", workspaces.MemberDetail.as_view()),
    path("workspaces/<uuid:id>/context-policy/", policies.WorkspacePolicy.as_view()),
    path("workspaces/<uuid:id>/events/", dispatch.WorkspaceEventLog.as_view()),
    path("conversations/", contexts.ConversationList.as_view()),
    path("conversations/<uuid:id>/", one_conversation.OneConversation.as_view()),
    path("conversations/<uuid:id>/messages/", dispatch.ConversationMessages.as_view()),
    path("conversations/<uuid:id>/context/prune", pruning.ContextPrune.as_view()),
    path("conversations/<uuid:id>/context/invalidate", pruning.ContextInvalidate.as_view()),
    path("conversations/<uuid:id>/entities/", entities.EntityList.as_view()),
    path("conversations/<uuid:id>/entities/<uuid:entity>/", entities.EntityDetail.as_view()),
    path("conversations/<uuid:id>/events/", dispatch.EventLog.as_view()),
    path("conversations/<uuid:id>/context/", context_api.ConversationContext.as_view()),
    path("staff/events/", dispatch.StaffEventLog.as_view()),
    path("messages/<uuid:id>/", messages.OneMessage.as_view()),
    path("messages/<uuid:id>/retry", control.MessageRetry.as_view()),
    path("runs/<uuid:id>/", dispatch.RunDetail.as_view()),
    path("runs/<uuid:id>/events/", run_events.RunEventLog.as_view()),
    path("runs/<uuid:id>/cancel", control.RunCancel.as_view()),
    path("experts/<slug:slug>/delegations/", delegations.ExpertDelegations.as_view()),
    path("conversations/<uuid:id>/delegations/", delegations.ConversationDelegations.as_view()),
    path("delegations/", delegations.SkillDelegations.as_view()),
    path("delegations/<uuid:id>/", delegations.DelegationDetail.as_view()),
    path("delegations/<uuid:id>/cancel", delegations.DelegationCancel.as_view()),
    path("delegations/<uuid:id>/input", delegations.DelegationInput.as_view()),
    path("handlers/", handlers.HandlerList.as_view()),
    path("handlers/<str:name>/", handlers.HandlerDetail.as_view()),
    path("routes/", routes.RouteList.as_view()),
    path("routes/<uuid:id>/", routes.RouteDetail.as_view()),
    path("experts/", experts.ExpertList.as_view()),
    path("experts/<uuid:id>/", experts.ExpertDetail.as_view()),
    path("experts/<uuid:id>/rotate-secret/", experts.SecretRotation.as_view()),
    path("experts/<uuid:id>/accept/", experts.DefinitionAcceptance.as_view()),
    path("review/", review.ReviewList.as_view()),
    path("review/<uuid:id>/", review.ReviewDetail.as_view()),
    path("review/<uuid:id>/release", review.ReviewRelease.as_view()),
    path("review/<uuid:id>/reject", review.ReviewReject.as_view()),
    path("rules/", rules.RuleList.as_view()),
    path("rules/<uuid:id>/", rules.RuleDetail.as_view()),
    path("rules/try", rules.RuleTrial.as_view()),
    path("findings/", findings.FindingList.as_view()),
    path("findings/export", findings.FindingExport.as_view()),
    path("findings/<uuid:id>/verdict", findings.FindingVerdict.as_view()),
    path("callbacks/<str:token>", callbacks.Callback.as_view()),
    path("dispatch/explain", Explain.as_view()),
    path("schema", SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[]), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(
            url_name="schema", permission_classes=[AllowAny], authentication_classes=[]
        ),
        name="docs",
    ),
]
urlpatterns = [
    path("", console.page),
    path("admin/", admin.site.urls),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
    path("healthz", Health.as_view()),
    path("metrics", metrics.page),
    path("api/v1/", include(api)),
]
handler400 = "project.error_pages.bad_request"
handler403 = "project.error_pages.forbidden"
handler404 = "project.error_pages.not_found"
handler500 = "project.error_pages.server_error"
