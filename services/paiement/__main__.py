"""`python -m services.paiement api|worker|relay|jobs|migrate|check|seed|wait`."""

from shared.ops.cli import service_main

if __name__ == "__main__":
    service_main("paiement")
