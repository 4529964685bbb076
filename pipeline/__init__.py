"""From a listing to a report: stages, the recipe, jobs, store and command line."""
