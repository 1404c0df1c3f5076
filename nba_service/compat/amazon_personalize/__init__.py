"""Amazon Personalize next best action, for its clients as they are."""
