"""What outlets changed, in words: changes in, sentences and feed entries out. Pure."""
