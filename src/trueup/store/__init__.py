"""The tables and every query: the only room with SQL. Functions take an open transaction as their first argument."""
