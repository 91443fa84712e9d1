"""What the platform does for people and other systems with the records it keeps."""
