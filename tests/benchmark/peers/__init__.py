"""One program for each contestant that is not our own command line: LESSON EPOCHS FILE, and nothing printed."""
