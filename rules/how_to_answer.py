"""How a rep answers a task: sentences of its body, and what stands there instead where the CRM has
no win-back outcome on tasks. Then a task that is done or deleted, and the permission that stands
on the contact, are all that is read."""

from __future__ import annotations

STOPPING = (
    'To stop it yourself: answer "asked to stop" or "not this one" in the win-back outcome,'
    " or delete the task. It will not come back."
)
STOPPING_BY_DELETING = "To stop it yourself: delete the task. It will not come back."
"""Also in tasks that contact nobody, where an outcome may mean something else."""
APPROVING = (
    'Done means yes. Answer "not this one" in the win-back outcome for no; the recovery goes on.'
)
PERMITTING = (
    'Then answer "gave permission" or "asked to stop" in the win-back outcome of this task;'
    " nothing else has to be done."
)

_WITHOUT_OUTCOME = {
    STOPPING: STOPPING_BY_DELETING,
    APPROVING: "Done means yes. For no, delete the task; the recovery goes on.",
    PERMITTING: (
        'Then set the win-back permission of the contact to "yes" or "no", and complete this task.'
    ),
}


def without_outcome(body: str) -> str:
    """A task's body for a CRM where nobody can choose a win-back outcome."""
    for sentence, instead in _WITHOUT_OUTCOME.items():
        body = body.replace(sentence, instead)
    return body
