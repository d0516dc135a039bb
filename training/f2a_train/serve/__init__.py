"""The page on which one drops a photo and sees its faces translated, served on this machine alone."""
