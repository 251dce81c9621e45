"""Deadlines, statutory periods, their stops, and the calendar that they are counted on."""
