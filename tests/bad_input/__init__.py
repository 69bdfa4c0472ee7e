"""What people and strangers can hand us that is wrong, as tables: data for `tests.test_bad_input`."""
