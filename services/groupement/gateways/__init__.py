"""What surrounds groupement: the database, watched for those who look at a live page."""
