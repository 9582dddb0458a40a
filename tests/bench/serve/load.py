# A load that comes whether it is answered or not: requests at the times of a Poisson process, over as many connections as it takes, each
# latency counted from when the request was due. Every answer is looked at: a refusal must say so, a prediction must be the right one.
import asyncio
import json
import random
import time

HEADERS = b"POST /predict HTTP/1.1\r\nHost: server\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self):
        self.waiting = None
        self.buffer = b""
        self.open = False

    def connection_made(self, transport):
        self.transport = transport
        self.open = True

    def data_received(self, data):
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        length = int(lowered.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self.buffer = body[length:]
            waiting, self.waiting = self.waiting, None
            if waiting and not waiting.done():
                waiting.set_result((int(head[9:12]), body[:length]))

    def connection_lost(self, error):
        self.open = False
        if self.waiting and not self.waiting.done():
            self.waiting.set_result((0, b""))

    async def ask(self, request):
        self.waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.waiting


class Outcome:
    """Of one run of the load."""

    def __init__(self, rate, seconds):
        self.rate, self.seconds = rate, seconds
        self.latencies = []  # seconds, of those that were answered
        self.refused = 0  # told so, with 429 or 503
        self.lost = 0  # connections that ended without an answer
        self.wrong = []  # what came instead of the right answer
        self.most = 0  # connections

    def percentile(self, share):
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def requests_of(rows):
    bodies = [json.dumps(row, ensure_ascii=False).encode() for row in rows]
    return [HEADERS % len(body) + body for body in bodies]


async def run(port, requests, right, rate, seconds, seed=1, connections=512):
    """`right(index, body)` says whether the answer to requests[index] is right. After `seconds` what is under way is waited for."""
    loop = asyncio.get_running_loop()
    chance = random.Random(seed)
    outcome = Outcome(rate, seconds)
    free, opened, tasks = [], [0], set()
    room = asyncio.Semaphore(connections)

    async def one(index, due):
        async with room:
            client = free.pop() if free else None
            if client is None or not client.open:
                opened[0] += 1
                _, client = await loop.create_connection(Client, "127.0.0.1", port)
            status, body = await client.ask(requests[index])
            took = loop.time() - due
            if client.open:
                free.append(client)
        if status == 200 and right(index, body):
            outcome.latencies.append(took)
        elif status in (429, 503) and json.loads(body)["error"]["status"] == status:
            outcome.refused += 1
        elif status == 0:
            outcome.lost += 1
        else:
            outcome.wrong.append((index, status, body))

    begin = due = loop.time()
    while True:
        due += chance.expovariate(rate)
        if due >= begin + seconds:
            break
        if (ahead := due - loop.time()) > 0:
            await asyncio.sleep(ahead)
        task = loop.create_task(one(chance.randrange(len(requests)), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    while tasks:
        await asyncio.wait(set(tasks))
    outcome.most = opened[0]
    for client in free:
        client.transport.close()
    return outcome


def load(*arguments, **options):
    return asyncio.run(run(*arguments, **options))


async def _closed(port, requests, seconds, streams):
    """So many clients that ask again as soon as they are answered: requests a second."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    count = [0]

    async def stream(number):
        chance = random.Random(number)
        _, client = await loop.create_connection(Client, "127.0.0.1", port)
        while loop.time() < end:
            await client.ask(requests[chance.randrange(len(requests))])
            count[0] += 1
        client.transport.close()

    begin = time.monotonic()
    await asyncio.gather(*(stream(i) for i in range(streams)))
    return count[0] / (time.monotonic() - begin)


def capacity(port, requests, seconds=3, streams=16):
    return asyncio.run(_closed(port, requests, seconds, streams))
