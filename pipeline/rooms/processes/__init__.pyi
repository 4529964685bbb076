from .kernels import bilinear as bilinear
from .kernels import kernel as kernel
from .parallel import Result as Result
from .parallel import for_each as for_each
from .pycolmap_steps import end_with_parent as end_with_parent
from .pycolmap_steps import extract as extract
from .pycolmap_steps import report as report
from .subprocesses import run_reporting as run_reporting
