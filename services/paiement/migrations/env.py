from services.paiement.tables import Base
from shared.db import alembic_env

alembic_env.run(Base.metadata)
