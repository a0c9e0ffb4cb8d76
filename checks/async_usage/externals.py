"""What is known of what is not the repository's: builtins, the standard library, a few more.

Each table says what is certain, and nothing is concluded from what stands in none.
"""

from __future__ import annotations

from typing import Final

TRANSPARENT: Final = frozenset(
    {
        "builtins.staticmethod", "builtins.classmethod", "functools.cache", "functools.lru_cache",
        "typing.final", "typing.override", "typing_extensions.final", "typing_extensions.override",
        "typing.no_type_check", "abc.abstractmethod",
    }
)  # fmt: skip
"""Decorators after which a call gives what the function gives."""

MARKS: Final = "pytest.mark."
"""What begins so leaves a function or a class as it is."""

CACHING: Final = frozenset({"functools.cache", "functools.lru_cache"})
"""Of these, those that give the same object again, so that a coroutine is not a fresh one."""

CONTEXT_MANAGER: Final = "contextlib.contextmanager"
ASYNC_CONTEXT_MANAGER: Final = "contextlib.asynccontextmanager"

CLASS_DECORATORS: Final = frozenset(
    {
        "dataclasses.dataclass", "typing.final", "typing.runtime_checkable",
        "typing_extensions.final", "typing_extensions.runtime_checkable",
        "functools.total_ordering", "enum.unique", "attr.s", "attr.attrs", "attr.define",
        "attr.frozen", "attrs.define", "attrs.frozen", "pydantic.dataclasses.dataclass",
    }
)  # fmt: skip
"""Decorators that give a class none of the methods that are asked for here."""

_EXCEPTIONS: Final = frozenset(
    f"builtins.{name}"
    for name in (
        "Exception", "BaseException", "ValueError", "TypeError", "RuntimeError", "KeyError",
        "LookupError", "OSError", "ConnectionError", "TimeoutError", "AttributeError",
    )
)  # fmt: skip

BARE_BASES: Final = _EXCEPTIONS | frozenset(
    {
        "builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol",
        "typing_extensions.Protocol", "threading.local",
    }
)  # fmt: skip
"""Classes that can neither be awaited nor entered nor iterated."""

ITERABLE_BASES: Final = frozenset(
    {
        "builtins.str", "builtins.int", "builtins.float", "builtins.bytes", "builtins.dict",
        "builtins.list", "builtins.set", "builtins.frozenset", "builtins.tuple", "enum.Enum",
        "enum.StrEnum", "enum.IntEnum", "enum.Flag", "typing.NamedTuple", "collections.OrderedDict",
        "collections.defaultdict", "pydantic.BaseModel",
    }
)  # fmt: skip
"""Classes that can neither be awaited nor entered, with or without ``async``."""

NOT_AWAITABLE: Final = frozenset(
    f"builtins.{name}"
    for name in (
        "bool", "bytes", "dict", "enumerate", "float", "format", "frozenset", "hasattr", "hash",
        "id", "int", "isinstance", "issubclass", "len", "list", "open", "print", "range", "repr",
        "round", "set", "sorted", "str", "tuple", "zip",
    )
) | frozenset(
    {
        "time.time", "time.monotonic", "time.perf_counter", "json.dumps", "os.getenv",
        "logging.getLogger", "uuid.uuid4", "datetime.datetime.now", "datetime.datetime.utcnow",
        "collections.defaultdict", "collections.OrderedDict", "collections.deque", "pathlib.Path",
        "asyncio.Lock", "asyncio.Event", "asyncio.Queue", "asyncio.Semaphore", "threading.Lock",
        "threading.RLock", "asyncio.new_event_loop", "asyncio.get_event_loop",
        "asyncio.get_running_loop",
    }
)  # fmt: skip
"""What gives no awaitable when it is called."""

PLAIN_TYPES: Final = frozenset(
    f"builtins.{name}"
    for name in (
        "bool", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple",
    )
) | frozenset(
    {
        "typing.Dict", "typing.List", "typing.Set", "typing.FrozenSet", "typing.Tuple",
        "typing.Type", "typing.Literal", "typing.Callable", "collections.abc.Callable",
        "datetime.datetime", "datetime.date", "datetime.timedelta", "decimal.Decimal", "uuid.UUID",
        "pathlib.Path", "logging.Logger",
    }
)  # fmt: skip
"""Annotations, with or without parameters, of what cannot be awaited."""

OPTIONAL: Final = "typing.Optional"
UNION: Final = "typing.Union"

COROUTINES: Final = frozenset(
    {
        "asyncio.sleep", "asyncio.wait_for", "asyncio.wait", "asyncio.to_thread",
        "asyncio.open_connection", "asyncio.start_server", "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
    }
)  # fmt: skip
"""Coroutine functions of the standard library (docs.python.org/3/library/asyncio-task.html)."""

_BLOCKING_BY_MODULE: Final = {
    "time": ("sleep",),
    "requests": ("request", "get", "head", "post", "put", "patch", "delete", "options"),
    "httpx": ("request", "get", "head", "post", "put", "patch", "delete", "options", "stream"),
    "urllib.request": ("urlopen", "urlretrieve"),
    "subprocess": ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput"),
    "os": ("system", "wait", "waitpid"),
    "socket": ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr"),
    "psycopg2": ("connect",),
    "psycopg": ("connect",),
    "pymysql": ("connect",),
    "MySQLdb": ("connect",),
}

BLOCKING: Final = frozenset(
    f"{module}.{name}" for module, names in _BLOCKING_BY_MODULE.items() for name in names
)
"""Functions that keep their thread until they are done, for as long as somebody else likes."""

INSTEAD: Final = {
    "time.sleep": "asyncio.sleep",
    "subprocess.run": "asyncio.create_subprocess_exec",
    "subprocess.call": "asyncio.create_subprocess_exec",
    "subprocess.check_call": "asyncio.create_subprocess_exec",
    "subprocess.check_output": "asyncio.create_subprocess_exec",
    "os.system": "asyncio.create_subprocess_shell",
    "psycopg.connect": "psycopg.AsyncConnection.connect",
}
"""What does the same and gives way meanwhile; for the rest there is ``asyncio.to_thread``."""

ENTERED: Final = frozenset(
    {
        "builtins.open", "contextlib.ExitStack", "contextlib.closing", "contextlib.suppress",
        "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.ThreadPoolExecutor",
        "httpx.Client", "requests.Session", "requests.session", "socket.create_connection",
        "socket.socket", "sqlite3.connect", "subprocess.Popen", "tempfile.NamedTemporaryFile",
        "tempfile.TemporaryDirectory", "tempfile.TemporaryFile", "threading.Condition",
        "threading.Lock", "threading.RLock", "threading.Semaphore", "urllib.request.urlopen",
        "zipfile.ZipFile",
    }
)  # fmt: skip
"""What gives objects with ``__enter__`` and without ``__aenter__``."""

ASYNC_ENTERED: Final = frozenset(
    {
        "aiofiles.open", "aiohttp.ClientSession", "aiosqlite.connect", "asyncio.BoundedSemaphore",
        "asyncio.Condition", "asyncio.Lock", "asyncio.Semaphore", "asyncio.TaskGroup",
        "asyncio.timeout", "asyncio.timeout_at", "contextlib.AsyncExitStack",
        "contextlib.aclosing", "httpx.AsyncClient",
    }
)  # fmt: skip
"""What gives objects with ``__aenter__`` and without an ``__enter__`` that does not raise."""

CURRENT_LOOP: Final = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop"})
ANY_LOOP: Final = CURRENT_LOOP | {"asyncio.new_event_loop"}
FIXTURES: Final = frozenset({"pytest.fixture", "pytest_asyncio.fixture"})
