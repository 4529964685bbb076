from .city import analyse_city as analyse_city
from .city_results import BASELINE_FILE as BASELINE_FILE
from .city_results import CityResults as CityResults
from .settings import CitySettings as CitySettings
