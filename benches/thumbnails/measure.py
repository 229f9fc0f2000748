"""How long commands take. Nothing large is imported here: the peak memory of a child begins with its parent's."""

import os
import subprocess
import time


def run(commands, env=None):
    """Wall and CPU milliseconds, and peak megabytes of the commands, which run at the same time."""
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    children = [subprocess.Popen(command, env={**os.environ, **(env or {})}, **quiet) for command in commands]
    cpu = memory = 0
    for child in children:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        cpu += usage.ru_utime + usage.ru_stime
        memory += usage.ru_maxrss
    return (time.perf_counter() - start) * 1e3, cpu * 1e3, memory / 1024
