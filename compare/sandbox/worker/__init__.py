"""What runs inside the stranger's process: standard library and NumPy only, nothing of compare.

``start.py`` is the script; it loads its neighbours by reading their files, so that no other module
of this project is ever imported there.
"""
