"""Gradient-boosted trees: fitted with LightGBM, scored with mask tables."""
