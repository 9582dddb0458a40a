#!/usr/bin/env python3
# scripts/cluster under a real Slurm: a controller and two nodes on loopback. A task is killed, a node is lost while its task goes on writing,
# so that it is done twice, and the array is submitted again: nothing is lost, nothing doubled. Also under GNU parallel. Skipped, visibly,
# where the programs are not there (scripts/setup.sh --tests).
import getpass
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from door import BIN, SOURCE, Door

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "sinfo", "squeue")
SEARCH = os.environ["PATH"] + ":/usr/sbin:/sbin"
PART, JOIN = SOURCE / "scripts/cluster/part.sh", SOURCE / "scripts/cluster/join.sh"
PREDICT = ["predict", "bert/sample", "rows.jsonl", "--random-weights", "--deterministic", "--task", "sample-classify", "--threads", "1"]
BENCH = ["bench", "smoke", "--random-weights", "--models", "bert/sample,bilstm/sample", "--tasks", "sample-classify,sample-tag,sample-pair",
         "--scenarios", "accuracy", "--threads", "1"]  # fmt: skip
CONFIGURATION = """ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=2
KillWait=1
JobRequeue=1
MinJobAge=3600
NodeName=n1 NodeAddr=127.0.0.1 Port={first} CPUs=1 State=UNKNOWN
NodeName=n2 NodeAddr=127.0.0.1 Port={second} CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


def processes():
    """Pid, name and environment of those that we may look at."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                yield int(entry.name), (entry / "comm").read_text().strip(), environment
            except OSError:
                continue


class Parts(Door):
    def setUp(self):
        super().setUp()
        for name in ("CLEW_DATA", *[name for name in os.environ if name.startswith("SLURM")]):
            self.environment.pop(name, None)
        self.environment |= {"PATH": SEARCH, "CLEW": str(BIN / "clew")}
        chance = random.Random(3)
        texts = ["".join(chance.choices("石桥修好了平澜大学在河边", k=chance.randint(1, 12))) for _ in range(60000)]
        text = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        (self.folder / "rows.jsonl").write_text(text, "utf-8")

    def whole(self):
        return self.good("clew", *PREDICT)

    def records(self, *patterns):
        paths = [path for pattern in patterns for path in self.folder.glob(pattern)]
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]

    def assert_same_records(self, found, wanted):
        self.assertEqual(sorted(record["id"] for record in found), sorted(record["id"] for record in wanted))
        scores = {record["id"]: record["metrics"] for record in wanted}
        for record in found:
            self.assertEqual(record["metrics"], scores[record["id"]])


class UnderSlurm(Parts):
    def setUp(self):
        missing = [name for name in PROGRAMS if not shutil.which(name, path=SEARCH)]
        if missing:
            self.skipTest(f"not there: {', '.join(missing)}")
        super().setUp()
        self.cluster = self.folder / "cluster"
        self.cluster.mkdir(mode=0o755)
        (self.cluster / "state").mkdir()
        self.started = {}
        ports = random.Random(os.getpid()).sample(range(20000, 30000), 3)
        values = {"port": ports[0], "first": ports[1], "second": ports[2], "folder": self.cluster, "user": getpass.getuser()}
        (self.cluster / "slurm.conf").write_text(CONFIGURATION.format(**values))
        self.environment["SLURM_CONF"] = str(self.cluster / "slurm.conf")
        self.mark = f"SLURM_CONF={self.cluster}/slurm.conf".encode()
        key = self.cluster / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        self.addCleanup(self.end)
        named = [f"--{name}={self.cluster}/munge.{name.partition('-')[0]}" for name in ("pid-file", "log-file", "seed-file")]
        self.begin("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.cluster}/munge.sock", *named)
        self.until(lambda: (self.cluster / "munge.sock").exists(), "munged")
        self.begin("slurmctld", "-D")
        for node in ("n1", "n2"):
            (self.cluster / node).mkdir()
            self.begin("slurmd", "-D", "-N", node, name=node)
        self.until(lambda: self.slurm("sinfo", "-h", "-t", "idle", "-o", "%D") == "2", "two idle nodes")

    def begin(self, *command, name=None):
        log = open(self.cluster / f"{name or command[0]}.out", "wb")
        self.started[name or command[0]] = subprocess.Popen(
            command, cwd=self.cluster, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        log.close()

    def end(self):
        for pid, name, environment in processes():  # tasks of ours that are left
            if self.mark in environment and name in ("clew", "slurmstepd"):
                os.kill(pid, signal.SIGKILL)
        for process in reversed(self.started.values()):
            process.terminate()
        for process in self.started.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def slurm(self, *command):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout.strip() if done.returncode == 0 else f"failed: {done.stderr}"

    def until(self, holds, what, seconds=120):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                logs = "".join(f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}\n" for path in self.cluster.glob("*.log"))
                self.fail(f"waited for {what}\n{self.slurm('squeue')}\n{logs}")
            time.sleep(0.02)

    def submit(self, parts, out, command):
        said = self.slurm("sbatch", "--parsable", f"--array=1-{parts}", "--output", f"{out}-%a.log", "--export=ALL", str(PART), str(parts), out, *command)
        self.assertTrue(said.isdigit(), said)
        return said

    def drained(self, job):
        self.until(lambda: self.slurm("squeue", "-h", "-j", job, "-t", "pending,running,completing,requeued") == "", f"job {job}", 300)

    def running(self, part=None):
        """Pids of the parts that run now."""
        found = {}
        for pid, name, environment in processes():
            if name == "clew" and self.mark in environment:
                number = next((word.partition(b"=")[2] for word in environment if word.startswith(b"SLURM_ARRAY_TASK_ID=")), b"")
                node = next((word.partition(b"=")[2] for word in environment if word.startswith(b"SLURMD_NODENAME=")), b"")
                found.setdefault(int(number), []).append((pid, node.decode()))
        return found if part is None else found.get(part, [])

    def begun(self, node):
        """(part, pid) of one that runs on the node and has written something."""
        for part, all_of_it in self.running().items():
            path = self.folder / f"out/part-{part}.jsonl.part"
            for pid, where in all_of_it:
                if where == node and path.exists() and path.stat().st_size > 0:
                    return part, pid
        return None

    def test_predictions_of_many_parts(self):
        job = self.submit(6, "out", PREDICT[:-2])
        # A task is killed.
        found = []
        self.until(lambda: found.append(self.begun("n1")) or found[-1], "a part on n1")
        killed, pid = found[-1]
        os.kill(pid, signal.SIGKILL)
        # A node is lost: nobody hears of it any more, but the task on it goes on writing.
        self.until(lambda: found.append(self.begun("n2")) or found[-1], "a part on n2")
        doubled, pid = found[-1]
        os.kill(pid, signal.SIGSTOP)  # so that it is still there when its second run begins
        self.started["n2"].kill()
        for other, name, environment in processes():
            if name == "slurmstepd" and b"SLURMD_NODENAME=n2" in environment:
                os.kill(other, signal.SIGKILL)
        self.slurm("scontrol", "update", "nodename=n2", "state=down", "reason=lost")
        self.until(lambda: any(where == "n1" for _, where in self.running(doubled)), f"part {doubled} to be started again")
        self.assertEqual(len(self.running(doubled)), 2)
        os.kill(pid, signal.SIGCONT)
        self.drained(job)
        self.assertTrue((self.folder / f"out/part-{doubled}.jsonl").exists())
        self.assertIn("is there already, with all of its 10000 lines", (self.folder / f"out-{doubled}.log").read_text())
        join = subprocess.run([str(JOIN), "6", "out"], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual((join.returncode, join.stderr), (1, f"join.sh: of 6 parts these are not there: {killed}\n"))
        self.drained(self.submit(6, "out", PREDICT[:-2]))  # the same again
        self.assertRegex((self.folder / f"out-{killed}.log").read_text(), r"note: \d+ rows are there already")
        subprocess.run([str(JOIN), "6", "out"], cwd=self.folder, env=self.environment, check=True)
        self.assertEqual((self.folder / "out/all.jsonl").read_text("utf-8"), self.whole())

    def test_a_board_of_many_parts(self):
        self.good("clew", *BENCH, "--out", "whole")
        parts = len(self.good("clew", *BENCH, "--plan").splitlines())
        job = self.submit(parts, "out", BENCH)
        found = []
        self.until(lambda: found.append(self.running()) or found[-1], "a part")
        for part, all_of_it in found[-1].items():
            os.kill(all_of_it[0][0], signal.SIGKILL)
            break
        self.drained(job)
        again = [self.submit(parts, "out", BENCH), self.submit(parts, "out", BENCH)]  # both at once, on two nodes
        for job in again:
            self.drained(job)
        wanted = self.records("whole/records.jsonl")
        self.assert_same_records(self.records("out/part-*/records.jsonl"), wanted)
        subprocess.run([str(JOIN), str(parts), "out"], cwd=self.folder, env=self.environment, check=True, capture_output=True)
        self.assert_same_records(self.records("out/all/records/*/*.jsonl"), wanted)


class UnderParallel(Parts):
    def test_predictions_of_many_parts(self):
        if not shutil.which("parallel", path=SEARCH):
            self.skipTest("not there: parallel")
        command = ["parallel", "--jobs", "2", str(PART), "--part", "{}", "5", "out", *PREDICT, ":::", *"123451"]  # the first twice
        environment = self.environment | {"PARALLEL_HOME": str(self.folder / "parallel")}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        subprocess.run([str(JOIN), "5", "out"], cwd=self.folder, env=self.environment, check=True)
        self.assertEqual((self.folder / "out/all.jsonl").read_text("utf-8"), self.whole())

    def test_what_is_no_part(self):
        for command, message in (([PART], "usage: part.sh"), ([PART, "--part", "1", "2", "out", "run", "x"], "expected bench or predict, found 'run'"),
                                 ([JOIN], "usage: join.sh"), ([JOIN, "0", "out"], "usage: join.sh")):  # fmt: skip
            done = subprocess.run(list(map(str, command)), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(message, done.stderr)


if __name__ == "__main__":
    outcome = unittest.main(exit=False).result
    sys.exit(1 if not outcome.wasSuccessful() else 77 if outcome.skipped else 0)
