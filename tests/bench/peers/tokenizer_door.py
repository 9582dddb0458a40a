# Speaks to clew_text_door: sends texts, reads ids, offsets and times.
import struct
import subprocess


class TokenizerDoor:
    def __init__(self, program, vocabulary, *options):
        command = [str(program), str(vocabulary), *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def _send(self, command, texts):
        parts = [f"{command} {len(texts)}\n".encode()]
        for text in texts:
            data = text if isinstance(text, bytes) else text.encode()
            parts += [struct.pack("<I", len(data)), data]
        self.process.stdin.write(b"".join(parts))
        self.process.stdin.flush()

    def _numbers(self, count):
        data = self.process.stdout.read(4 * count)
        if len(data) != 4 * count:
            raise RuntimeError("the door closed")
        return list(struct.unpack(f"<{count}i", data))

    def encode(self, texts, command="encode"):
        """For each text (ids, begins, ends), or None if it is no UTF-8."""
        self._send(command, texts)
        answers = []
        for _ in texts:
            (count,) = self._numbers(1)
            answers.append(tuple(self._numbers(count) for _ in range(3)) if count >= 0 else None)
        return answers

    def hold(self, texts):
        self._send("hold", texts)

    def time(self):
        """Seconds, and seconds of the processor, that encoding what is held takes, and the number of tokens."""
        self.process.stdin.write(b"time\n")
        self.process.stdin.flush()
        seconds, processor, tokens = self.process.stdout.readline().split()
        return float(seconds), float(processor), int(tokens)

    def close(self):
        self.process.stdin.close()
        return self.process.wait()
