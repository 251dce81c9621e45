"""What forms offer for choosing: units and the people who hold staff roles."""

from __future__ import annotations

from typing import Any

from engine.storage.database import UnitOfWork


def units(work: UnitOfWork) -> list[dict[str, Any]]:
    """All units, from the top: key, name, level, parent."""
    rows = work.hot(
        "select key, name, level, parent from unit order by cardinality(path), position"
    )
    return [
        {"key": key, "name": name, "level": level, "parent": parent}
        for key, name, level, parent in rows
    ]


def people_by_role(work: UnitOfWork) -> dict[str, list[dict[str, Any]]]:
    """Active people by staff role, as options: label (name and unit) and value (username)."""
    rows = work.hot(
        """select m.role, p.username, min(p.name || '（' || u.name || '）')
           from membership m join role r on r.key = m.role join person p on p.key = m.person_key
           join unit u on u.key = m.unit
           where p.active and r.level is not null
           group by m.role, p.username, p.name order by m.role, p.name, p.username"""
    )
    people: dict[str, list[dict[str, Any]]] = {}
    for role, username, label in rows:
        people.setdefault(role, []).append({"label": label, "value": username})
    return people
