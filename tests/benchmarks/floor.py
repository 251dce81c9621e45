"""The floor: the same rows of one completion by hand in psycopg, statement by statement.

No engine, no HTTP, no checks beyond those that the statements themselves make.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import psycopg

from engine.model.keys import Key, instance_of

NOW = datetime.now(UTC)


class Floor:
    """One connection; ``complete`` does what completing a task of ``round`` does to the tables."""

    def __init__(self, conninfo: str, person: Key, username: str) -> None:
        self._connection = psycopg.connect(conninfo)
        self._person = person
        self._username = username

    def close(self) -> None:
        self._connection.close()

    def complete(self, task: Key) -> Key:
        """Close the task, open the next one, journal, commit; returns the next task."""
        instance = instance_of(task)
        run = self._connection.execute
        head = run(
            """select key, definition_key, bundle_key, process_id, number, title, state,
               applicant_key, unit, revision, counter, journal_number, journal_digest
               from instance where key = %s for update""",
            [instance],
        ).fetchone()
        assert head is not None
        run("select * from user_task where instance_key = %s and key = %s", [instance, task])
        run("select active, administrator from person where key = %s", [self._person])
        run("select role, unit from membership where person_key = %s", [self._person])
        snapshot = run(
            "select snapshot from scope where instance_key = %s and key = %s", [instance, instance]
        ).fetchone()
        run(
            "select name, value::text from variable where instance_key = %s and scope_key = %s",
            [instance, instance],
        ).fetchall()
        run("select scope_key from visit where instance_key = %s and key = %s", [instance, task])
        gateway, following = Key(instance + head[10] + 1), Key(instance + head[10] + 2)
        run(
            """update user_task set state = 'COMPLETED', ended_at = %s, ended_by = %s,
               assignee = %s, outcome = 'go'
               where instance_key = %s and key = %s and state = 'CREATED'""",
            [NOW, self._username, self._username, instance, task],
        )
        run(
            "delete from task_candidate where instance_key = %s and task_key = %s", [instance, task]
        )
        run(
            "delete from candidate_user where instance_key = %s and task_key = %s", [instance, task]
        )
        run(
            """update instance set revision = revision + 1, counter = counter + 2,
               journal_number = journal_number + 1, journal_digest = %s where key = %s""",
            [hashlib.sha256(bytes(head[12])).digest(), instance],
        )
        assert snapshot is not None
        run(
            "update scope set snapshot = %s where instance_key = %s and key = %s",
            [snapshot[0], instance, instance],
        )
        for name, value in (("outcome", '"go"'), ("opinion", '"同意"')):
            run(
                """insert into variable (instance_key, scope_key, name, value)
                   values (%s, %s, %s, %s::jsonb)
                   on conflict (instance_key, scope_key, name) do update set value = excluded.value""",
                [instance, instance, name, value],
            )
        run(
            """update visit set state = 'COMPLETED', left_at = %s
               where instance_key = %s and key = %s""",
            [NOW, instance, task],
        )
        for key, element, kind, left in (
            (gateway, "again", "exclusiveGateway", NOW),
            (following, "work", "userTask", None),
        ):
            run(
                """insert into visit (instance_key, key, scope_key, element_id, element_type,
                   flow_id, parents, state, entered_at, left_at)
                   values (%s, %s, %s, %s, %s, 'f', %s, %s, %s, %s)""",
                [
                    instance,
                    key,
                    instance,
                    element,
                    kind,
                    [task],
                    "COMPLETED" if left else "ACTIVE",
                    NOW,
                    left,
                ],
            )
        due = NOW + timedelta(days=7)
        run(
            """insert into user_task (instance_key, key, scope_key, process_id, element_id, name,
               state, candidate_groups, candidate_users, priority, created_at, due_at, headers,
               properties) values (%s, %s, %s, 'round', 'work', '办理', 'CREATED',
               '{clerk@weifang}', '{}', 50, %s, %s, '{}', '{}')""",
            [instance, following, instance, NOW, due],
        )
        run(
            """insert into task_candidate (instance_key, task_key, role, unit, process_id, due_at)
               values (%s, %s, 'clerk', 'weifang', 'round', %s)""",
            [instance, following, due],
        )
        run(
            """insert into journal (instance_key, number, at, actor_key, kind, element_key,
               element_id, facts, said, digest) values (%s, %s, %s, %s, 'complete', %s, 'work',
               '{"outcome":"go"}', '{"submission":"0"}', %s)""",
            [instance, head[11] + 1, NOW, self._person, task, bytes(32)],
        )
        run(
            """insert into journal_said (instance_key, number, part, salt, content)
               values (%s, %s, 'submission', %s, '{"opinion":"同意","outcome":"go"}')""",
            [instance, head[11] + 1, bytes(16)],
        )
        self._connection.commit()
        return following
