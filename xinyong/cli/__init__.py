"""The xinyong command."""
