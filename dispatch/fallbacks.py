"""What stands for an answer that could not be given: by its reason, in words for who asked."""

from typing import Final

FALLBACK: Final = {
    "timeout": "No answer was ready in time. Your message is kept; you can send it again.",
    "handler_error": "Something broke while answering. Your message is kept; you can send it again.",
    "no_handler": "Nothing here answers messages of this kind at the moment. Your message is kept.",
    "route_broken": "The rule for messages like this one names nothing that answers at the moment. Your message is "
    "kept; those who manage this workspace can mend the rule.",
    "answer_refused": "The answer was withheld by a content filter.",
    "expert_failed": "The expert who was asked could not answer. Your message is kept; you can send it again.",
    "expert_canceled": "The task of the expert who was asked was stopped, so there is no answer. Your message is kept; "
    "you can send it again.",
    "replay_mismatch": "Something broke while answering. Your message is kept; you can send it again.",
    "expired": "The answer of an expert was waited for too long. Your message is kept; you can send it again.",
    "stopped": "Answering was stopped. Your message is kept; you can send it again.",
    "answer_unscreened": "The answer could not be screened. Your message is kept; you can send it again.",
    "attempts_spent": "Answering failed several times and was given up. Your message is kept; you can send it again.",
}
SPENT: Final = ("attempts_spent", "answer_unscreened")  # no attempt was left for what may pass
