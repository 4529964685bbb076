from .ask import LONGEST_QUESTION as LONGEST_QUESTION
from .ask import Answer as Answer
from .ask import Index as Index
from .ask import ask as ask
from .in_words import answer_words as answer_words
