from .app import api as api
from .pairing import Client as Client
from .pairing import pairings as pairings
from .problems import ProblemAnswers as ProblemAnswers
