"""PostgreSQL: engine, transactions, column types, migrations, audit chain."""
