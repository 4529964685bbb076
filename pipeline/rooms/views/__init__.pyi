from .generate import GeneratedRoom as GeneratedRoom
from .generate import GenerateSettings as GenerateSettings
from .generate import generate_views as generate_views
