"""The exercises of the course, one module a notebook: nb00.py, nb01.py. To write one: `srm_lab.exercises`."""
