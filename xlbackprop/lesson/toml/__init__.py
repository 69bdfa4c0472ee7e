"""A TOML file as a person types it: its tables, the lists and words in it, and where each stands, in people's words."""
