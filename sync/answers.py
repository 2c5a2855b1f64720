"""What is agreed once the remote has answered a write, or its answer was lost.

The only other place besides ``sync.merge`` where the base moves, and by the same rule:
no further than what is here (INV-BASE, P8 of the sync design).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.records import Agreed, Base, Fields, Life, renders


@dataclass(frozen=True, slots=True)
class Sent:
    """A write as it was frozen when it was marked as sent (§2.7).

    :param fields: what was sent
    :param ours: what stood here at that moment, of all fields; a merged value is sent,
        and counts, only where it was written here first
    :param before: what was read there just before; without a field that was unseen
    """

    fields: Fields
    ours: Fields
    before: Fields = field(default_factory=dict)


def acknowledge(base: Base | None, sent: Sent, answer: Fields) -> Base:
    """Return the base after the remote answered a write.

    A field is agreed when the answer holds what was sent; when it holds what stood
    there *before*, the remote takes no such value (it ignores ``starred``, it drops a
    trade that it does not know), and both values stand for each other from now on, so
    that it is not sent again and again. When it holds a third value, somebody was
    faster, or the remote altered ours: nothing is agreed, and the merge shows both to a
    person (a base that moves on acknowledgement alone loses values, §3.3).

    :param answer: what the remote answered, also of fields that were not sent; one of
        those sent that its view lacks is taken as kept
    """
    known = dict(base.fields) if base else {}
    for name, theirs in answer.items():
        if name in sent.ours and sent.ours[name] == theirs:
            known[name] = Agreed(theirs, theirs)
    for name, value in sent.fields.items():
        theirs = answer.get(name, value)
        is_kept = theirs == value or renders(value, theirs)
        is_ignored = name in sent.before and theirs == sent.before[name]
        if sent.ours.get(name) == value and (is_kept or is_ignored):
            known[name] = Agreed(value, theirs)
    return Base(base.life if base else Life.ACTIVE, known)


def adopt(sent: Sent) -> Base:
    """Return the base of a photo whose upload got no answer, and which was found.

    What was sent is what was agreed then, so that whatever anybody changed since, on
    either side, is seen as a change (§2.7, adoption).
    """
    return acknowledge(None, sent, sent.fields)


def acknowledge_life(base: Base | None, life: Life) -> Base:
    """Return the base after the remote deleted a record, or gave it back.

    :param life: where it stands there now
    """
    return Base(life, base.fields if base else {})
