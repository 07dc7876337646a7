"""Our command line against other projects' agents and clients, as a user would run them."""
