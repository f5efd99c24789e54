"""Measures Postil side by side with the obvious program and with the floor."""
