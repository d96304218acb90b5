"""The data's way: collect from the leader, deliver to the followers, and the decisions in between."""
