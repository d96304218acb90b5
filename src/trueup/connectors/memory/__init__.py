"""The in-memory test system: leads or follows any kind, misbehaves on request, and survives the hub's death."""
