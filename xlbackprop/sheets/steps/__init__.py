"""`Step by step`: one row of a run with the arithmetic written out, as chosen in the head of the sheet.

Everything on such a sheet follows its dropdowns: the forward pass, what each unit hands back, the network in shapes and
in cells, the update of one parameter, and every path from it to the loss. `head` has the dropdowns, `row` fetches the
chosen row from the run's table, the other modules each write one part from it.
"""
