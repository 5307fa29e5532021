"""JSON API: notices and forward programme for everybody, publication for coordinators."""
