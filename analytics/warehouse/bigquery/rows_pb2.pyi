from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class SessionRow(_message.Message):
    __slots__ = ("uid", "user_email", "change_seq", "deleted", "exported_at", "session_id", "created_at", "last_active", "conversation_count", "title", "tags", "preferences", "metadata", "status", "search_text", "shown_path")
    UID_FIELD_NUMBER: _ClassVar[int]
    USER_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_SEQ_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    EXPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SEARCH_TEXT_FIELD_NUMBER: _ClassVar[int]
    SHOWN_PATH_FIELD_NUMBER: _ClassVar[int]
    uid: str
    user_email: str
    change_seq: int
    deleted: bool
    exported_at: int
    session_id: str
    created_at: int
    last_active: int
    conversation_count: int
    title: str
    tags: str
    preferences: str
    metadata: str
    status: str
    search_text: str
    shown_path: str
    def __init__(self, uid: _Optional[str] = ..., user_email: _Optional[str] = ..., change_seq: _Optional[int] = ..., deleted: _Optional[bool] = ..., exported_at: _Optional[int] = ..., session_id: _Optional[str] = ..., created_at: _Optional[int] = ..., last_active: _Optional[int] = ..., conversation_count: _Optional[int] = ..., title: _Optional[str] = ..., tags: _Optional[str] = ..., preferences: _Optional[str] = ..., metadata: _Optional[str] = ..., status: _Optional[str] = ..., search_text: _Optional[str] = ..., shown_path: _Optional[str] = ...) -> None: ...

class ConversationRow(_message.Message):
    __slots__ = ("uid", "user_email", "change_seq", "deleted", "exported_at", "session_id", "conversation_id", "timestamp", "recorded_at", "query", "response", "response_time_ms", "feedback_score", "feedback_comment", "citations", "metadata", "search_text", "model", "input_tokens", "output_tokens", "finish_reason", "first_token_ms", "branch_id", "replaces_conversation_id", "path_position", "topics", "topics_rule", "embedding", "embedding_model", "answered", "failed", "text_saved", "judged_at", "response_style", "language", "failure")
    UID_FIELD_NUMBER: _ClassVar[int]
    USER_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_SEQ_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    EXPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    RECORDED_AT_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_SCORE_FIELD_NUMBER: _ClassVar[int]
    FEEDBACK_COMMENT_FIELD_NUMBER: _ClassVar[int]
    CITATIONS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SEARCH_TEXT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_MS_FIELD_NUMBER: _ClassVar[int]
    BRANCH_ID_FIELD_NUMBER: _ClassVar[int]
    REPLACES_CONVERSATION_ID_FIELD_NUMBER: _ClassVar[int]
    PATH_POSITION_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    TOPICS_RULE_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_MODEL_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    TEXT_SAVED_FIELD_NUMBER: _ClassVar[int]
    JUDGED_AT_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_STYLE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    uid: str
    user_email: str
    change_seq: int
    deleted: bool
    exported_at: int
    session_id: str
    conversation_id: str
    timestamp: int
    recorded_at: int
    query: str
    response: str
    response_time_ms: int
    feedback_score: int
    feedback_comment: str
    citations: str
    metadata: str
    search_text: str
    model: str
    input_tokens: int
    output_tokens: int
    finish_reason: str
    first_token_ms: int
    branch_id: int
    replaces_conversation_id: str
    path_position: str
    topics: _containers.RepeatedScalarFieldContainer[str]
    topics_rule: int
    embedding: _containers.RepeatedScalarFieldContainer[float]
    embedding_model: str
    answered: bool
    failed: bool
    text_saved: bool
    judged_at: int
    response_style: str
    language: str
    failure: str
    def __init__(self, uid: _Optional[str] = ..., user_email: _Optional[str] = ..., change_seq: _Optional[int] = ..., deleted: _Optional[bool] = ..., exported_at: _Optional[int] = ..., session_id: _Optional[str] = ..., conversation_id: _Optional[str] = ..., timestamp: _Optional[int] = ..., recorded_at: _Optional[int] = ..., query: _Optional[str] = ..., response: _Optional[str] = ..., response_time_ms: _Optional[int] = ..., feedback_score: _Optional[int] = ..., feedback_comment: _Optional[str] = ..., citations: _Optional[str] = ..., metadata: _Optional[str] = ..., search_text: _Optional[str] = ..., model: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., finish_reason: _Optional[str] = ..., first_token_ms: _Optional[int] = ..., branch_id: _Optional[int] = ..., replaces_conversation_id: _Optional[str] = ..., path_position: _Optional[str] = ..., topics: _Optional[_Iterable[str]] = ..., topics_rule: _Optional[int] = ..., embedding: _Optional[_Iterable[float]] = ..., embedding_model: _Optional[str] = ..., answered: _Optional[bool] = ..., failed: _Optional[bool] = ..., text_saved: _Optional[bool] = ..., judged_at: _Optional[int] = ..., response_style: _Optional[str] = ..., language: _Optional[str] = ..., failure: _Optional[str] = ...) -> None: ...

class PreferencesRow(_message.Message):
    __slots__ = ("uid", "user_email", "change_seq", "deleted", "exported_at", "created_at", "preferences", "user_key", "opted_in_at")
    UID_FIELD_NUMBER: _ClassVar[int]
    USER_EMAIL_FIELD_NUMBER: _ClassVar[int]
    CHANGE_SEQ_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    EXPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    USER_KEY_FIELD_NUMBER: _ClassVar[int]
    OPTED_IN_AT_FIELD_NUMBER: _ClassVar[int]
    uid: str
    user_email: str
    change_seq: int
    deleted: bool
    exported_at: int
    created_at: int
    preferences: str
    user_key: str
    opted_in_at: int
    def __init__(self, uid: _Optional[str] = ..., user_email: _Optional[str] = ..., change_seq: _Optional[int] = ..., deleted: _Optional[bool] = ..., exported_at: _Optional[int] = ..., created_at: _Optional[int] = ..., preferences: _Optional[str] = ..., user_key: _Optional[str] = ..., opted_in_at: _Optional[int] = ...) -> None: ...
