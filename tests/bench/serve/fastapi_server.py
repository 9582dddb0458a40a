# The peer of `clew serve`: FastAPI and uvicorn before ONNX Runtime, as its users write it, text to label with the `tokenizers` package.
#
#   python fastapi_server.py --graph GRAPH.onnx --vocab vocab.txt --labels labels.json --longest N --way direct|batched --threads N --port N
#
# direct: each request is a run, in a pool of threads. batched: what waits is run together, up to 32 rows padded to the longest; the better
# of the two counts.
import argparse
import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
import fastapi  # noqa: E402
import numpy  # noqa: E402
import uvicorn  # noqa: E402

from offline_peer import Pieces, feeds_of  # noqa: E402
from ort_door import session_of  # noqa: E402

BATCH = 32


class Runner:
    def __init__(self, options):
        self.session = session_of(options.graph, options.threads)
        self.wanted = [value.name for value in self.session.get_inputs()]
        self.tokenizer = Pieces(options.vocab, options.longest)
        self.labels = json.loads(Path(options.labels).read_text(encoding="utf-8"))
        self.pool = ThreadPoolExecutor(1 if options.way == "batched" else 4)
        self.waiting = asyncio.Queue()

    def run(self, texts):
        logits = self.session.run(["logits"], feeds_of(self.tokenizer.encode(texts), self.wanted))[0]
        powers = numpy.exp(logits - logits.max(-1, keepdims=True))
        shares = powers / powers.sum(-1, keepdims=True)
        return [
            {"id": 0, "label": self.labels[int(row.argmax())], "probs": dict(zip(self.labels, map(float, row)))}
            for row in shares
        ]

    async def direct(self, text):
        return (await asyncio.get_running_loop().run_in_executor(self.pool, self.run, [text]))[0]

    async def batched(self, text):
        future = asyncio.get_running_loop().create_future()
        self.waiting.put_nowait((text, future))
        return await future

    async def serve_batches(self):
        while True:
            taken = [await self.waiting.get()]
            while len(taken) < BATCH and not self.waiting.empty():
                taken.append(self.waiting.get_nowait())
            found = await asyncio.get_running_loop().run_in_executor(self.pool, self.run, [text for text, _ in taken])
            for (_, future), one in zip(taken, found):
                future.set_result(one)


def main():
    parser = argparse.ArgumentParser(description="predictions over HTTP by FastAPI and ONNX Runtime")
    for name in ("graph", "vocab", "labels"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--longest", type=int, required=True)
    parser.add_argument("--way", choices=["direct", "batched"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    runner = Runner(options)
    app = fastapi.FastAPI()
    answer = runner.batched if options.way == "batched" else runner.direct

    @app.post("/predict")
    async def predict(request: fastapi.Request):
        return fastapi.responses.JSONResponse(await answer((await request.json())["text"]))

    async def serve():
        batches = asyncio.create_task(runner.serve_batches())
        await uvicorn.Server(uvicorn.Config(app, port=options.port, log_level="error", access_log=False)).serve()
        batches.cancel()

    uvloop = __import__("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve())


if __name__ == "__main__":
    main()
