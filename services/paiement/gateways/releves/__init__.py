"""Statements of card issuers, as each bank lays them out."""
