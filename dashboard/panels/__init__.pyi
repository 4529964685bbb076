from . import ask_panel as ask_panel
from . import city_panel as city_panel
from . import deleting as deleting
from . import pairing_panel as pairing_panel
from . import ui as ui
from . import under_way as under_way
from .jobs import job_panel as job_panel
from .jobs import origin_name as origin_name
