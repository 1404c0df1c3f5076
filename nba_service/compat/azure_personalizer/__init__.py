"""Azure AI Personalizer, for its clients as they are."""
