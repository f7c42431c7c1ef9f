"""A desk that posts signed events with known ids, and writes down what it meant to send and what was acknowledged."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random

import orjson

from tests.promises.stack import SECRET, Stack

#: When the first of the tickets was opened; old enough to cause nothing in the desk.
FIRST = 1_773_100_000
CHANNELS = ("email", "chat", "voice", "web_form")
_PAUSE = 0.05  #: seconds before a call that was not taken is sent again


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: when it was asked for (monotonic), after how many seconds it came, and its status (0 for none)."""

    at: float
    seconds: float
    status: int


def deliveries(tickets: int, *, seed: int = 1, prefix: str = "t") -> list[Delivery]:
    """The events of so many tickets, each a call of its own, in no order whatever."""
    random = Random(seed)
    made = [delivery for number in range(tickets) for delivery in _ticket(f"{prefix}{number}", random)]
    random.shuffle(made)
    return made


def _ticket(name: str, random: Random) -> Iterator[Delivery]:
    opened = FIRST + random.randrange(5 * 86400)
    replied = opened + random.randrange(60, 7200)
    solved = replied + random.randrange(60, 86400)
    yield _event(name, "ticket.created", opened, channel=random.choice(CHANNELS), by="customer", customer=f"c-{name}")
    if random.random() < 0.9:
        yield _event(name, "message.sent", replied, by="agent", author="eva", public=True, message=f"m-{name}")
    if random.random() < 0.8:
        yield _event(name, "status.changed", solved, status="resolved")
    if random.random() < 0.5:
        score = random.randint(1, 5)
        yield _event(name, "survey.answered", solved + 60, kind="csat", survey="s", score=score, scale=[1, 5])


def _event(ticket: str, type_: str, at: int, **data: object) -> Delivery:
    id_ = f"{ticket}:{type_}"
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return Delivery(id_, orjson.dumps({"id": id_, "type": type_, "ticket": ticket, "at": moment, **data}))


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header that proves a body."""
    return {"X-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


@dataclass
class Generator:
    """Sends deliveries from several connections at once, each again and again until it is acknowledged.

    Before a delivery is sent its id stands in the file `intents`, and after 2xx in `acks`.
    """

    port: int
    folder: Path
    path: str = "/webhooks/generic/acme"
    per_second: float = 0.0  #: 0 for as fast as it goes
    threads: int = 6
    samples: list[Sample] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    acked: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._queue: SimpleQueue[Delivery] = SimpleQueue()
        self._wanted = 0
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._next = 0.0
        self._files = [(self.folder / name).open("ab", buffering=0) for name in ("intents", "acks")]
        self._workers = [threading.Thread(target=self._run) for _ in range(self.threads)]
        for worker in self._workers:
            worker.start()

    def send(self, several: Iterable[Delivery]) -> None:
        """Have these sent, from now on and by and by."""
        for delivery in several:
            self._wanted += 1
            self._queue.put(delivery)

    @property
    def left(self) -> int:
        """How many are not acknowledged yet."""
        return self._wanted - len(self.acked)

    def close(self) -> None:
        self._stop.set()
        for worker in self._workers:
            worker.join(30)
        for file in self._files:
            file.close()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        while not self._stop.is_set():
            try:
                delivery = self._queue.get(timeout=0.05)
            except Empty:
                continue
            self._files[0].write(delivery.id.encode() + b"\n")
            self.sent[delivery.id] = delivery.body
            while not self._stop.is_set() and not self._acknowledged(connection, delivery):
                time.sleep(_PAUSE)
        connection.close()

    def _acknowledged(self, connection: http.client.HTTPConnection, delivery: Delivery) -> bool:
        self._wait_for_turn()
        started = time.monotonic()
        status = _post(connection, self.path, delivery.body)
        self.samples.append(Sample(started, time.monotonic() - started, status))
        if 200 <= status < 300:
            self._files[1].write(delivery.id.encode() + b"\n")
            self.acked[delivery.id] = delivery.body
            return True
        return False

    def _wait_for_turn(self) -> None:
        if not self.per_second:
            return
        with self._turn:
            self._next = max(self._next, time.monotonic() - 0.1) + 1 / self.per_second
            wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def _post(connection: http.client.HTTPConnection, path: str, body: bytes) -> int:
    try:
        connection.request("POST", path, body=body, headers=signature(body))
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        with suppress(OSError):
            connection.close()
        return 0
    return answer.status


@contextmanager
def sending(stack: Stack, **options: float) -> Iterator[Generator]:
    """A generator at this stack's door."""
    generator = Generator(stack.port, stack.logs, **options)  # type: ignore[arg-type]
    try:
        yield generator
    finally:
        generator.close()


def percentile(samples: Sequence[Sample], share: float) -> float:
    """The latency in seconds that this share of the answers did not exceed."""
    ordered = sorted(sample.seconds for sample in samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
