from .group import GroupingSettings as GroupingSettings
from .group import PhotoGroups as PhotoGroups
from .group import group_photos as group_photos
