"""HTML pages: the single window for everybody, consultations for their buyer."""
