"""Native code and parallel work in processes of their own, with progress and cancelling."""
