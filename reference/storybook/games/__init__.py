"""Games made from the words of a story."""
