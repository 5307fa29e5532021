"""What surrounds groupement: the watcher of its database, the library that draws PDF."""
