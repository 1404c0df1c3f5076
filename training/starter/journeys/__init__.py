"""Journey files to begin with, one for each kind of business."""
