"""Takes away what is personal in cases, or the cases themselves. There is no way back."""

from __future__ import annotations

from collections.abc import Collection

from engine.model.keys import SPAN, Key
from engine.storage.database import UnitOfWork
from engine.storage.grams import grams
from engine.storage.schema import metadata

#: What has the instance's key and stays when the case is gone: the register, the audit of who
#: looked, and letters, whose numbers are never used again (emptied of what they say).
STAY = frozenset({"disposal", "legal_hold", "unmasking", "letter"})

#: What stands in the place of a person's name.
GONE = "（已销毁）"

#: Rows that hold what was said to or of people, to be taken away as they are.
_PERSONAL_ROWS = (
    "journal_said",
    "variable",
    "document",
    "notice",
    "dispatch",
    "announcement",
    "delivery",
)
#: Words in rows that stay for the numbers in them.
_PERSONAL_WORDS = (
    "update seat set opinion = '', reason = '', submission = '{}' where instance_key = any(%s)",
    "update incident set message = '' where instance_key = any(%s)",
    "update job set error_message = '' where instance_key = any(%s)",
    "update urge set note = '' where instance_key = any(%s)",
    "update carbon_copy set note = '' where instance_key = any(%s)",
    "update recusal set reason = '', note = '' where instance_key = any(%s)",
    "update clock_stop set reason = '' where instance_key = any(%s)",
    "update batch_operation_item set message = '' where instance_key = any(%s)",
    """update letter set content = '', title = '', addressee_mask = '', revoked_because = ''
       where instance_key = any(%s)""",
)


def erase_personal(work: UnitOfWork, keys: Collection[Key]) -> dict[Key, list[str]]:
    """Take away what is personal in these cases; the chain stands. Gives the files to delete."""
    wanted = list(keys)
    files: dict[Key, list[str]] = {}
    found = work.hot(
        "select instance_key, store_key from document where instance_key = any(%s)", [wanted]
    )
    for instance_key, name in found:
        files.setdefault(Key(instance_key), []).append(name)
    for table in _PERSONAL_ROWS:
        work.hot(f"delete from {table} where instance_key = any(%s)", [wanted])
    for statement in _PERSONAL_WORDS:
        work.hot(statement, [wanted])
    work.hot(
        "delete from form_draft where task_key is not null and exists ("
        "select from unnest(%s::bigint[]) k where task_key >= k and task_key < k + %s)",
        [wanted, SPAN],
    )
    _nameless(work, wanted)
    return files


def remove(work: UnitOfWork, keys: Collection[Key]) -> None:
    """Take these cases away altogether, after what is personal in them."""
    wanted = list(keys)
    work.hot("update unmasking set note = '' where instance_key = any(%s)", [wanted])
    for name in tables_of_cases():
        work.hot(f"delete from {name} where instance_key = any(%s)", [wanted])
    work.hot("delete from instance where key = any(%s)", [wanted])


def tables_of_cases() -> list[str]:
    """Every table whose rows belong to an instance and go with it."""
    return sorted(
        table.name
        for table in metadata().tables.values()
        if "instance_key" in table.c and table.name not in STAY
    )


def _nameless(work: UnitOfWork, keys: list[Key]) -> None:
    rows = work.hot(
        "select i.key, i.number, d.name from instance i join process_definition d"
        " on d.key = i.definition_key where i.key = any(%s)",
        [keys],
    ).fetchall()
    for key, number, name in rows:
        search = f"{number} {name}".casefold()
        work.hot(
            "update instance set title = %s, search = %s, grams = %s, applicant_name = %s,"
            " applicant = '', applicant_key = 0 where key = %s",
            [name, search, sorted(grams([search])), GONE, key],
        )
