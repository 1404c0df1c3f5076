"""Training makes a bundle from historical journeys.

It says what can be said of the bundle, too. Matrices here are small and many. NumPy's BLAS would start a
thread a core for each, and those wait for one another: on a shared machine a solve of 250 equations then
takes ten times as long. BLAS reads its number of threads when NumPy is first imported, so it is stated here,
unless the environment states it already; a training in a process that imported NumPy before is held to one
thread by ``training.run``.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads of OpenMP that wait do not spin
