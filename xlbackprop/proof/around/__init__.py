"""What stands around the cells, compared kind by kind; `proof/surroundings.py` has the list of kinds."""
