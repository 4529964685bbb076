from .foreground import run_in_foreground as run_in_foreground
from .jobs import recover as recover
from .jobs import submit as submit
from .jobs import submit_again as submit_again
from .jobs import submit_demo as submit_demo
from .jobs import worker_alive as worker_alive
from .worker import serve as serve
