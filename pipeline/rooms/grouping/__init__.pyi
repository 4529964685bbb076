from .group import GroupingSettings as GroupingSettings
from .group import PhotoGroups as PhotoGroups
from .group import group_photos as group_photos
from .joined import joined_by_matches as joined_by_matches
