"""What a shop and a back office talk about: frozen records, money, proofs. Pure: no I/O, no clock, no ids of ours."""
