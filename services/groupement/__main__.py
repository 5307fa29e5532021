"""`python -m services.groupement api|worker|relay|jobs|migrate|check|seed|wait|jeton`."""

from shared.ops.cli import service_main

if __name__ == "__main__":
    service_main("groupement")
