from . import answer_markup as answer_markup
from . import aspect_markup as aspect_markup
from . import charts as charts
from . import city_markup as city_markup
from . import compare_markup as compare_markup
from . import markup as markup
from . import tables as tables
from . import unseen_markup as unseen_markup
