"""The words of the product as types: journey, interaction, history, decision."""
