"""Credit reports on the web: verification for everybody; issuing for those who may."""
