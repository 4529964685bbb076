from .look import Look as Look
from .plane_features import FacingView as FacingView
from .plane_features import as_plane_keypoints as as_plane_keypoints
from .plane_features import facing_views as facing_views
from .standing import Standing as Standing
from .standing import rate_turns as rate_turns
