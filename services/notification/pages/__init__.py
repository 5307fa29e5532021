"""HTML pages: alerts for everybody, journal and messages for those who run the platform."""
