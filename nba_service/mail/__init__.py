"""What e-mail tools need.

Content at send time, pictures and clicks at open time, lists to hand over.
"""
