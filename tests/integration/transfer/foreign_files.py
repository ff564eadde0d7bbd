"""Files in the export formats of other systems, written for these tests."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.integration.transfer.importing import TIME, gpt_node

NO_PARENT = "00000000-0000-0000-0000-000000000000"
ENGINE = "projects/1/locations/global/collections/default_collection/engines/e"


def gpt_tree(nodes: Mapping[str, dict[str, Any]], leaf: str | None, **changes: Any) -> Any:
    """A file with one ChatGPT chat, whose nodes name their parents."""
    chat = {
        "id": "gpt",
        "title": "A chat",
        "create_time": TIME,
        "update_time": TIME + 60,
        "mapping": nodes,
        "current_node": leaf,
        "default_model_slug": "gpt-4o",
        **changes,
    }
    return [chat]


def gpt_line(*nodes: dict[str, Any], **changes: Any) -> Any:
    """A file with one ChatGPT chat, whose nodes follow one another."""
    parents = [None, *(f"n{number}" for number in range(len(nodes)))]
    mapping = {
        f"n{n}": {**node, "parent": parent}
        for n, (node, parent) in enumerate(zip(nodes, parents, strict=False))
    }
    return gpt_tree(mapping, f"n{len(nodes) - 1}", **changes)


def gpt_branches() -> Any:
    """A question answered twice, with two questions after the second answer."""
    return gpt_tree(
        {
            "root": {"parent": None, "children": [], "message": None},
            "tree": gpt_node("root", "user", "Name a tree", time=TIME),
            "oak": gpt_node("tree", "assistant", "Oak", time=TIME + 1),
            "elm": gpt_node("tree", "assistant", "Elm", time=TIME + 2),
            "tall": gpt_node("elm", "user", "A taller one", time=TIME + 3),
            "fir": gpt_node("tall", "assistant", "Fir", time=TIME + 4),
            "old": gpt_node("elm", "user", "An older one", time=TIME + 5),
            "yew": gpt_node("old", "assistant", "Yew", time=TIME + 6),
        },
        "yew",
    )


def gpt_greeted() -> Any:
    """A chat that begins with an answer without a question, then a turn."""
    return gpt_tree(
        {
            "root": {"parent": None, "children": [], "message": None},
            "hello": gpt_node("root", "assistant", "Hello!", time=TIME),
            "tree": gpt_node("hello", "user", "Name a tree", time=TIME + 1),
            "oak": gpt_node("tree", "assistant", "Oak", time=TIME + 2),
        },
        "oak",
    )


def gpt_cited() -> Any:
    """An answer with marks for an entity and for sources, and with references without an address."""
    text = (
        'In \ue200entity\ue202["place","Kiel","city"]\ue201 the tide is small. '
        "\ue200cite\ue202turn0search1\ue202turn0news2\ue201 It is 10 cm. See 【4†notes】."
    )
    references = [
        {
            "matched_text": "\ue200cite\ue202turn0search1\ue202turn0news2\ue201",
            "type": "grouped_webpages",
            "items": [
                {
                    "title": "Baltic",
                    "url": "https://baltic.example",
                    "supporting_websites": [{"title": "Kiel", "url": "https://kiel.example"}],
                }
            ],
            "safe_urls": ["https://baltic.example", "https://third.example"],
        },
        {"matched_text": "【4†notes】", "type": "file", "name": "notes"},
        {"matched_text": "small", "type": "unknown"},
        {"matched_text": " ", "type": "sources_footnote", "sources": []},
    ]
    return gpt_line(
        gpt_node(None, "user", "How large is the tide?", time=TIME),
        gpt_node(
            None,
            "assistant",
            text,
            time=TIME + 1,
            metadata={"model_slug": "o3", "content_references": references},
        ),
    )


def canvas_call(tool: str, **content: Any) -> dict[str, Any]:
    """A message that creates or changes a canvas document."""
    node = gpt_node(None, "assistant", recipient=f"canmore.{tool}")
    node["message"]["content"] = {"content_type": "code", "text": json.dumps(content)}
    return node


def canvas_answer(document: str = "doc") -> dict[str, Any]:
    """The canvas's answer to such a message."""
    return gpt_node(None, "tool", "Done", metadata={"canvas": {"textdoc_id": document}})


def gpt_canvas() -> Any:
    """A document that is created, and changed in two ways."""
    return gpt_line(
        gpt_node(None, "user", "Write a list"),
        canvas_call("create_textdoc", name="List", type="document", content="# List\n- Rope"),
        canvas_answer(),
        gpt_node(None, "assistant", "There it is."),
        gpt_node(None, "user", "Add a map, and call it ropes"),
        canvas_call(
            "update_textdoc", updates=[{"pattern": ".*", "replacement": "# List\n- Rope\n- Map"}]
        ),
        canvas_answer(),
        canvas_call("update_textdoc", updates=[{"pattern": r"\- Rope", "replacement": "- Ropes"}]),
        canvas_answer(),
    )


def gpt_research() -> Any:
    """A report that is kept in the state of a widget."""
    report = {
        "content": {"content_type": "text", "parts": ["# Reefs\n\nThey grow."]},
        "metadata": {
            "content_references": [
                {"matched_text": "x", "items": [{"title": "Reefs", "url": "https://reef.example"}]}
            ]
        },
    }
    state = json.dumps({"status": "completed", "report_message": report})
    return gpt_line(
        gpt_node(None, "user", "Research reefs"),
        gpt_node(None, "tool", "The latest", metadata={"chatgpt_sdk": {"widget_state": state}}),
    )


def claude() -> Any:
    """A Claude chat with an attachment, a file, thoughts, a tool and a source."""
    question = {
        "uuid": "m1",
        "text": "Why is it salty?",
        "content": [{"type": "text", "text": "Why is it salty?"}],
        "sender": "human",
        "created_at": "2025-03-01T10:00:00.123456Z",
        "attachments": [{"file_name": "sea.txt", "extracted_content": "sea notes"}],
        "files": [{"file_name": "sea.png"}],
    }
    answer = {
        "uuid": "m2",
        "text": "",
        "content": [
            {"type": "thinking", "thinking": "a secret"},
            {"type": "tool_use", "name": "web_search", "input": {"query": "salt"}},
            {"type": "tool_result", "name": "web_search", "content": ["found"]},
            {
                "type": "text",
                "text": "Rivers bring salt.",
                "citations": [{"url": "https://salt.example", "title": "Salt"}],
            },
        ],
        "sender": "assistant",
        "created_at": "2025-03-01T10:00:09Z",
    }
    return [
        {
            "uuid": "claude-1",
            "name": "Salt",
            "created_at": "2025-03-01T10:00:00.123456Z",
            "updated_at": "2025-03-01T10:05:00Z",
            "account": {"uuid": "0"},
            "chat_messages": [question, answer],
        }
    ]


def librechat(*, tree: bool) -> Any:
    """A LibreChat chat, as a tree with a question answered twice, or as a list."""
    first = {
        "messageId": "b",
        "parentMessageId": "a",
        "sender": "GPT",
        "isCreatedByUser": False,
        "text": "Yeast and time.",
        "createdAt": "2025-01-01T00:00:05.000Z",
        "model": "gpt-4o",
        "feedback": {"rating": "thumbsUp"},
    }
    second = {
        "messageId": "c",
        "parentMessageId": "a",
        "isCreatedByUser": False,
        "text": "",
        "createdAt": "2025-01-01T00:00:09.000Z",
        "content": [
            {"type": "think", "think": "a secret"},
            {"type": "text", "text": {"value": "Only time."}},
        ],
    }
    question = {
        "messageId": "a",
        "parentMessageId": NO_PARENT,
        "sender": "User",
        "isCreatedByUser": True,
        "text": "How does dough rise?",
        "createdAt": "2025-01-01T00:00:00.000Z",
    }
    messages = [{**question, "children": [first, second]}] if tree else [question, first]
    return {
        "conversationId": "libre-1",
        "endpoint": "openAI",
        "title": "Dough",
        "options": {"model": "gpt-4o"},
        "messages": messages,
    }


def openai_chat(number: int = 1) -> Any:
    """A chat in the form of OpenAI's API, with a picture."""
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}
    return {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": f"Question {number}?"},
            {"role": "assistant", "content": "Answer."},
            {"role": "user", "content": [{"type": "text", "text": "And this?"}, picture]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "A sea."}]},
        ]
    }


def gemini() -> Any:
    """Gemini's activity: a prompt with its answer, and an entry that is not a prompt."""
    html = '<p>A <b>bay</b> is <a href="https://bay.example">wide</a>.</p><ul><li>one</li><li>two</li></ul>'
    return [
        {
            "header": "Gemini Apps",
            "title": "Prompted what is a bay",
            "time": "2025-02-02T08:00:00.000Z",
            "products": ["Gemini Apps"],
            "safeHtmlItem": [{"html": html}],
        },
        {
            "header": "Gemini Apps",
            "title": "Used an Assistant feature",
            "time": "2025-02-02T07:00:00.000Z",
            "products": ["Gemini Apps"],
        },
    ]


def vertex() -> Any:
    """Vertex AI Search's list of sessions."""
    reference = {
        "chunkInfo": {
            "content": "Rooms are booked\nonline.",
            "documentMetadata": {"title": "House rules", "uri": "gs://bucket/rules.pdf"},
        }
    }
    answer = {
        "answerText": "Online.",
        "createTime": "2025-05-01T09:00:02Z",
        "citations": [{"startIndex": "0", "endIndex": "7", "sources": [{"referenceId": "0"}]}],
        "references": [reference],
    }
    return {
        "sessions": [
            {
                "name": f"{ENGINE}/sessions/88",
                "state": "IN_PROGRESS",
                "userPseudoId": "u1",
                "startTime": "2025-05-01T09:00:00Z",
                "endTime": "2025-05-01T09:01:00Z",
                "turns": [
                    {
                        "query": {"queryId": "q1", "text": "How do I book a room?"},
                        "answer": f"{ENGINE}/sessions/88/answers/9",
                        "detailedAnswer": answer,
                    }
                ],
            }
        ]
    }


def deepseek() -> Any:
    """A DeepSeek chat with thoughts."""

    def node(parent: str | None, *fragments: tuple[str, str]) -> dict[str, Any]:
        message = {
            "files": [],
            "model": "deepseek-reasoner",
            "inserted_at": "2025-06-15T18:00:01.000000+08:00",
            "fragments": [{"type": kind, "content": text} for kind, text in fragments],
        }
        return {"parent": parent, "children": [], "message": message if fragments else None}

    mapping = {
        "root": node(None),
        "1": node("root", ("REQUEST", "Why is ice light?")),
        "2": node("1", ("THINK", "A secret."), ("RESPONSE", "It is open.")),
    }
    return [
        {
            "id": "deep-1",
            "title": "Ice",
            "inserted_at": "2025-06-15T18:00:00+08:00",
            "mapping": mapping,
        }
    ]


def grok() -> Any:
    """An account's export from Grok."""

    def response(key: str, parent: str | None, sender: str, text: str, second: int) -> Any:
        said = {
            "_id": key,
            "message": text,
            "sender": sender,
            "create_time": {"$date": {"$numberLong": str((TIME + second) * 1000)}},
            "model": "grok-3",
            "cited_web_search_results": [{"url": "https://moon.example", "title": "Moons"}],
        }
        return {"response": said | ({"parent_response_id": parent} if parent else {})}

    about = {
        "id": "grok-1",
        "create_time": "2025-06-15T15:06:40.000000Z",
        "title": "Moons",
        "starred": True,
    }
    responses = [
        response("r1", None, "human", "Name a moon", 0),
        response("r2", "r1", "ASSISTANT", "Io.", 5),
    ]
    return {"conversations": [{"conversation": about, "responses": responses}], "projects": []}


def webui_message(content: Any, **changes: Any) -> Any:
    """A file with one Open WebUI chat, with a question and this answer."""
    answer = {
        "id": "a",
        "parentId": "q",
        "role": "assistant",
        "content": content,
        "timestamp": TIME + 1,
        "model": "llama3",
        **changes,
    }
    question = {
        "id": "q",
        "parentId": None,
        "role": "user",
        "content": "Colour?",
        "timestamp": TIME,
    }
    history = {"messages": {"q": question, "a": answer}, "currentId": "a"}
    chat = {"title": "Colours", "history": history, "messages": []}
    return [
        {"id": "webui", "title": "Colours", "chat": chat, "created_at": TIME, "updated_at": TIME}
    ]


def answer_rows(*users: str) -> list[Any]:
    """The answer app's rows: for each user two turns of one session, the later one first and the earlier one
    judged; and for the first user another session."""

    def row(user: str, session: str, number: int, minute: int) -> Any:
        reference = {
            "chunk_info": {
                "content": "Staff have 25 days.",
                "document_metadata": {"title": "Handbook", "uri": "gs://bucket/handbook.pdf"},
            }
        }
        return {
            "question": f"{user} asks about kiwis {number}",
            "markdown": "MjUgZGF5cy4=",
            "latency": 1.25 + number,
            "answer": {
                "name": f"{ENGINE}/sessions/{session}/answers/{number}",
                "state": "SUCCEEDED",
                "answer_text": f"{number} days.",
                "citations": [{"start_index": "0", "sources": [{"reference_id": "0"}]}],
                "references": [reference],
                "steps": [{"state": "SUCCEEDED", "thought": "a secret"}],
                "create_time": f"2025-05-01 09:{minute:02}:02.5 UTC",
            },
            "session": {
                "name": f"{ENGINE}/sessions/{session}",
                "user_pseudo_id": user,
                "start_time": "2025-05-01 09:00:00 UTC",
            },
            "answer_query_token": f"{user}-{session}-{number}",
        }

    rows = []
    for user in users:
        rows += [row(user, f"{user}-s", 2, 9), row(user, f"{user}-s", 1, 1)]
    rows.append(row(users[0], "alone", 3, 30))
    judgements = [
        {
            "answer_query_token": f"{user}-{user}-s-1",
            "question": "?",
            "answer_text": "!",
            "feedback_value": str(number % 2),
            "feedback_name": "THUMBS",
            "feedback_text": "because",
        }
        for number, user in enumerate(users)
    ]
    return [*judgements, *rows]


def packed(files: Mapping[str, Any]) -> bytes:
    """A .zip of files: bytes as they are, other values as JSON."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return into.getvalue()
