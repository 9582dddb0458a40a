# Runs `clew run`, the numeric door, and hands back what it wrote: the only way by which these scripts reach Clew.
import os
import subprocess
from pathlib import Path

import safetensors_io

HERE = Path(__file__).resolve().parent


class DoorError(Exception):
    """`clew run` failed; the text holds the command and what it said."""


def model_argument(model):
    """Models of our own folder (path.yaml:size) by their full path; those of the zoo by their name."""
    return str(HERE / model) if ".yaml" in model else model


def run_clew(clew, model, batch, folder, **options):
    """`clew run` on a packed batch -> name -> array. Options are flags: weights=F is --weights F, layers=True is --layers."""
    inputs, outputs = Path(folder) / "in.safetensors", Path(folder) / "out.safetensors"
    safetensors_io.write(inputs, batch)
    outputs.unlink(missing_ok=True)
    command = [str(clew), "run", model_argument(model), "--inputs", str(inputs), "--outputs", str(outputs)]
    for name, value in options.items():
        if value is None or value is False:
            continue
        command.append("--" + name.replace("_", "-"))
        if value is not True:
            command.append(str(value))
    environment = {"CLEW_HOME": str(HERE.parents[1])} | dict(os.environ)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise DoorError(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr.strip()}")
    # Copied, because the next run writes over the file that was mapped.
    return {name: values.copy() for name, values in safetensors_io.read(outputs).items()}
