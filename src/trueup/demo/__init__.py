"""The demo: a shop in the box, a back office, people who keep them busy, and a hub that keeps them in agreement."""
