# What a comparison says of the machine it ran on, and what speaks against believing it.
import os
import platform
from pathlib import Path

import numpy
import onnx
import onnxruntime


def _first(path, default=""):
    try:
        return Path(path).read_text().strip()
    except OSError:
        return default


def _cpu_name():
    for line in _first("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def facts():
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    governor = _first("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "unknown")
    flags = []
    if load > 0.2 * cores:
        flags.append(f"load average {load:.2f} on {cores} cores at start: times are not to be trusted")
    if governor not in ("performance", "unknown"):
        flags.append(f"governor is {governor}")
    return {
        "cpu": _cpu_name(),
        "cores": cores,
        "kernel": platform.release(),
        "governor": governor,
        "smt": _first("/sys/devices/system/cpu/smt/active", "unknown"),
        "load_at_start": load,
        "flags": flags,
        "onnxruntime": onnxruntime.__version__,
        "onnx": onnx.__version__,
        "numpy": numpy.__version__,
    }
