from .layout_training import LayoutDataError as LayoutDataError
from .layout_training import LayoutTrainingConfig as LayoutTrainingConfig
from .layout_training import train as train
