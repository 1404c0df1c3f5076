"""What web pages talk to: the script, the slots of a page, the beacon, and who a visitor is."""
