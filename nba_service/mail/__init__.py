"""E-mail tools: content at send time, pictures and clicks at open time, lists to hand over."""
