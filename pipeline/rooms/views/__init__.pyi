from .generate import GenerateSettings as GenerateSettings
from .generate import generate_views as generate_views
from .generated_room import GeneratedRoom as GeneratedRoom
