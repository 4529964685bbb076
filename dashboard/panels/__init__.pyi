from . import city_panel as city_panel
from . import ui as ui
from .jobs import job_panel as job_panel
from .jobs import origin_name as origin_name
