"""The rehearsal: cases that a shop and a back office have to come through, with what is expected of each of them."""
