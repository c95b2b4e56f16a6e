"""The signs for a box that is ticked or not."""

TICKED, UNTICKED = "☑", "☐"
