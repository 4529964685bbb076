from .backend import LEARNED as LEARNED
from .backend import LearnedModelFailed as LearnedModelFailed
from .backend import choose_learned as choose_learned
