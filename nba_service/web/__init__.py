"""What web pages talk to.

The script, the slots of a page, the beacon, and who a visitor is.
"""
