"""Python imports this first in processes that a bench starts: they get the changed number too."""

from benchmarks.sensitivity.changed import Change, install

if change := Change.told():
    install(change)
