"""Tables of the rights floor, each described where it belongs."""
