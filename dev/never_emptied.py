"""The tables that the database lets nobody empty, and how their owner does it all the same: for tests and benches."""

TRIGGERS = {
    "accounts_consentrecord": "consents_are_never_emptied",
    "points_pointtransaction": "ledger_is_never_emptied",
    "points_userpoints": "balances_are_never_emptied",
    "remoteconfig_configrevision": "config_revisions_are_never_emptied",
    "staff_staffaction": "audit_is_never_emptied",
}
ALLOW = "".join(f"ALTER TABLE {table} DISABLE TRIGGER {trigger};\n" for table, trigger in TRIGGERS.items())
REFUSE = "".join(f"ALTER TABLE {table} ENABLE TRIGGER {trigger};\n" for table, trigger in TRIGGERS.items())
