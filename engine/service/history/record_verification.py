"""Checks an exported record with nothing but the file: no database, no network, no settings.

The file is JSON (``record.export``). What is checked: the signature over all of it, every entry's
digest and that each hangs on the one before it, the salted hashes of what was said, that the
record ends where it says, that its head is in the Merkle tree of the checkpoint, and the
checkpoint's own signature. Whether the key is the bureau's can only be told by whoever has the
bureau's public key from elsewhere: pass it as ``trusted``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.model import chain, checkpoints, merkle
from engine.model.checkpoints import Leaf
from engine.model.journal import Link, Said, verify
from engine.service import signing
from engine.service.history import findings
from engine.service.history.findings import Finding, Outcome, Report
from engine.text import several, tell

FORMAT = "banshi-record/1"
LARGEST = 32 * 1024 * 1024

#: What has to be there, and is signed with the rest.
_FIELDS = frozenset(
    {
        "format",
        "algorithm",
        "exportedAt",
        "processInstanceKey",
        "caseNumber",
        "title",
        "case",
        "sound",
        "breaks",
        "entries",
        "head",
        "documents",
        "letters",
        "inclusion",
        "checkpoint",
        "publicKey",
    }
)
#: What records do not have that were exported before it was told.
_LATER = frozenset({"clockStops"})


class _Unreadable(Exception):
    def __init__(self, place: str, text: str) -> None:
        super().__init__(text)
        self.finding = Finding(outcome=Outcome.BROKEN, place=place, text=text)


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """What the record's signature is over: the canonical JSON of all but the signature itself."""
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    return (FORMAT + "\n").encode() + chain.canonical(unsigned).encode()


def verify_record_file(data: bytes, *, trusted: Collection[bytes] | None = None) -> Report:
    """What holds of the record and what is broken, with the place. Never raises.

    ``trusted``: public keys (32 bytes) that the reader has from the bureau.
    """
    try:
        document = _read(data)
        return _report(document, trusted)
    except _Unreadable as error:
        return Report(findings=(error.finding,))
    except RecursionError:
        return Report(findings=(findings.broken("", tell("文件嵌套过深，不是办理记录。")),))


def _report(document: Mapping[str, Any], trusted: Collection[bytes] | None) -> Report:
    key = _bytes(document, "publicKey", 32)
    links, said = _entries(document)
    found = [
        *_signature(document, key),
        *findings.of_key(key, trusted),
        *_chain(links, said),
        *_head(document, links),
        *_covered(document, links, key, trusted),
    ]
    return Report(
        findings=tuple(found),
        case_number=str(document["caseNumber"]),
        title=str(document["title"]),
        entries=len(links),
        exported_at=str(document["exportedAt"]),
        fingerprint=checkpoints.fingerprint(key),
        trusted=None if trusted is None else key in trusted,
    )


def _read(data: bytes) -> Mapping[str, Any]:
    if len(data) > LARGEST:
        raise _Unreadable(
            "", tell("文件超过 {largest} MB，不是办理记录。", largest=LARGEST // 1024 // 1024)
        )
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except ValueError as error:
        raise _Unreadable("", tell("文件不是完好的 JSON：{error}", error=error)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _Unreadable("format", tell("这不是办理记录文件（format 应为 banshi-record/1）。"))
    if chain.canonical(document).encode() != data.rstrip(b"\r\n"):
        raise _Unreadable("", tell("文件不是导出时的原样：被改动过，或被别的软件重新排版。"))
    wrong = (document.keys() - _LATER) ^ (_FIELDS | {"signature"})
    if wrong:
        raise _Unreadable(
            min(wrong), tell("字段缺失或多余：{wrong}。", wrong=several(sorted(wrong)))
        )
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(tell("同一对象里有重复的字段"))
    return made


def _no_float(text: str) -> Any:
    raise ValueError(tell("不应有小数或特殊数字“{text}”", text=text[:40]))


def _signature(document: Mapping[str, Any], key: bytes) -> Iterator[Finding]:
    signature = _bytes(document, "signature", 64)
    if signing.holds(key, signature, signed_bytes(document)):
        yield findings.holds("signature", tell("文件的签名有效，导出后没有改动。"))
    else:
        yield findings.broken(
            "signature", tell("文件的签名无效：导出后被改动过，或不是用所附的公钥签的。")
        )


def _entries(document: Mapping[str, Any]) -> tuple[list[Link], dict[tuple[int, str], Said]]:
    links: list[Link] = []
    said: dict[tuple[int, str], Said] = {}
    listed = document["entries"]
    if not isinstance(listed, list) or not listed:
        raise _Unreadable("entries", tell("没有办理记录。"))
    for index, entry in enumerate(listed):
        place = f"entries[{index}]"
        try:
            link = _link(entry)
            links.append(link)
            for part in entry["parts"]:
                if part["salt"] != bytes.fromhex(part["salt"]).hex():
                    raise ValueError(tell("salt 的写法不对"))  # noqa: TRY301 - told with its place
                said[link.number, str(part["part"])] = Said(
                    part=str(part["part"]),
                    salt=bytes.fromhex(part["salt"]),
                    content=_text(part["content"]),
                )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _Unreadable(
                place, tell("第 {index} 条记录残缺：{error}", index=index + 1, error=error)
            ) from None
    return links, said


def _link(entry: Mapping[str, Any]) -> Link:
    link = Link(
        number=_whole(entry["number"]),
        at=datetime.fromisoformat(entry["at"]),
        actor_key=int(_text(entry["actor"])),
        kind=_text(entry["kind"]),
        element_key=int(entry["elementKey"]) if entry["elementKey"] else None,
        element_id=_text(entry["elementId"]) or None,
        facts=_text(entry["facts"]),
        said=_text(entry["said"]),
        digest=bytes.fromhex(entry["digest"]),
    )
    # one way to write each: else a change of the file would leave the entry as it was
    own = {
        "at": checkpoints.moment_text(link.at),
        "actor": str(link.actor_key),
        "elementKey": str(link.element_key or ""),
        "digest": link.digest.hex(),
    }
    wrong = [name for name, text in own.items() if entry[name] != text]
    if wrong:
        raise ValueError(tell("{wrong} 的写法不对", wrong=wrong[0]))
    return link


def _chain(links: list[Link], said: Mapping[tuple[int, str], Said]) -> Iterator[Finding]:
    try:
        breaks = verify(links, said)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        yield findings.broken("entries", tell("记录的内容不能读取：{error}", error=error))
        return
    for each in breaks:
        yield findings.broken(f"entries[{each.number - 1}]", each.reason)
    if not breaks:
        yield findings.holds(
            "entries", tell("{count} 条记录首尾相接，没有改动、缺失或插入。", count=len(links))
        )
    hidden = sum(len(_named(link)) for link in links) - len(said)
    if said:
        yield findings.holds(
            "entries", tell("{count} 处具体内容与记录时的摘要一致。", count=len(said))
        )
    if hidden > 0:
        yield findings.note(
            "entries",
            tell(
                "{hidden} 处内容未在文件中（对导出人隐去或已按期销毁），只有摘要。", hidden=hidden
            ),
        )


def _named(link: Link) -> Mapping[str, Any]:
    found = json.loads(link.said)
    return found if isinstance(found, dict) else {}


def _head(document: Mapping[str, Any], links: list[Link]) -> Iterator[Finding]:
    head = document["head"]
    last = links[-1]
    expected = {"number": last.number, "digest": last.digest.hex()}
    if head == expected:
        yield findings.holds(
            "head", tell("记录止于第 {number} 条，与文件所称一致。", number=last.number)
        )
    else:
        yield findings.broken("head", tell("记录的末尾与文件所称不一致：末尾的记录被删去或换过。"))


def _covered(
    document: Mapping[str, Any],
    links: list[Link],
    key: bytes,
    trusted: Collection[bytes] | None,
) -> Iterator[Finding]:
    given, stated = document["inclusion"], document["checkpoint"]
    if given is None and stated is None:
        yield findings.note("checkpoint", tell("此记录导出时尚未纳入检查点，可稍后重新导出。"))
        return
    try:
        checkpoint = checkpoints.read(stated)
        leaf = Leaf(
            subject=_text(given["subject"]),
            number=_whole(given["number"]),
            digest=bytes.fromhex(given["digest"]),
        )
        position = _whole(given["position"])
        proof = [bytes.fromhex(each) for each in given["proof"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield findings.broken("checkpoint", tell("检查点或归属证明残缺：{error}", error=error))
        return
    yield from findings.of_checkpoint(checkpoint, key, trusted)
    yield from _leaf(document, links, leaf)
    if merkle.holds_inclusion(
        merkle.leaf(leaf.data), position, checkpoint.size, proof, checkpoint.root
    ):
        yield findings.holds(
            "inclusion",
            tell(
                "第 {number} 条及之前的记录已纳入 {at:%Y-%m-%d %H:%M}（UTC）的第 {checkpoint} 号检查点。",
                number=leaf.number,
                at=checkpoint.at,
                checkpoint=checkpoint.number,
            ),
        )
    else:
        yield findings.broken("inclusion", tell("归属证明不成立：记录不在所附的检查点之中。"))
    later = links[-1].number - leaf.number
    if later > 0:
        yield findings.note(
            "inclusion", tell("最后 {later} 条记录晚于检查点，由文件的签名证明。", later=later)
        )


def _leaf(document: Mapping[str, Any], links: list[Link], leaf: Leaf) -> Iterator[Finding]:
    if leaf.subject != f"case:{document['processInstanceKey']}":
        yield findings.broken("inclusion", tell("归属证明属于另一件事项。"))
    elif not 0 < leaf.number <= len(links):
        yield findings.broken(
            "inclusion",
            tell(
                "检查点证明有 {number} 条记录，文件里只有 {count} 条。",
                number=leaf.number,
                count=len(links),
            ),
        )
    elif links[leaf.number - 1].digest != leaf.digest:
        yield findings.broken(
            f"entries[{leaf.number - 1}]",
            tell("第 {number} 条记录与检查点所证明的不同。", number=leaf.number),
        )


def _bytes(document: Mapping[str, Any], name: str, length: int) -> bytes:
    try:
        made = bytes.fromhex(_text(document[name]))
    except ValueError:
        made = b""
    if len(made) != length or made.hex() != document[name]:
        raise _Unreadable(
            name, tell("{name} 应是 {length} 位十六进制数字。", name=name, length=length * 2)
        )
    return made


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(tell("应为文本"))  # noqa: TRY004 – one kind of fault
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(tell("应为非负整数"))
    return value
